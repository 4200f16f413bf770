/// The sizes that a flag document keeps to.
package enum FlagLimits {
  /// Bytes of a file.
  package static let fileBytes = 16 << 20
  /// Bytes of one flag in Redis: lists of about 40 000 users, which are taken over in 20 ms.
  package static let valueBytes = 1 << 20
  /// Bytes that it may have besides when it is written in full: who changed it, when and why. There is twice as much room
  /// as that, so that a flag which somebody has SET as large as can be can still be killed.
  package static let noteRoom = 32 << 10
  package static let storedBytes = valueBytes + 2 * noteRoom
  /// Flags in a file.
  package static let flags = 1_024
  /// Bytes of a flag's name.
  package static let nameBytes = 128
  package static let saltBytes = 256
  /// Bytes of a user key; the proxy takes no longer one from a request.
  package static let userBytes = 256
  /// Bytes of `updated_at`, `updated_by` and `reason`.
  package static let noteBytes = 1_024
  /// Above it JSON numbers are not exact in other languages (RFC 8259 section 6).
  package static let revision = 9_007_199_254_740_991

  /// Whether `name` can name a flag: 1 to 128 of A-Z a-z 0-9 _ . : -
  package static func isName(_ name: String) -> Bool {
    (1...nameBytes).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }
}
