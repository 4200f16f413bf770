/// The secret that lets its holder change something over TCP. It is shown nowhere.
package struct AdminToken: Sendable {
  /// Characters of a made token: 32 bytes in hexadecimal.
  static let madeLength = 64
  /// Characters of one that an operator made. Fewer could be guessed.
  static let lengths = 32...256

  private let secret: [UInt8]

  /// Nil for what is too short, too long, or holds other characters than a bearer token does (RFC 6750 2.1).
  package init?(_ text: String) {
    guard Self.lengths.contains(text.utf8.count), text.utf8.allSatisfy(Self.isTokenByte) else { return nil }
    secret = Array(text.utf8)
  }

  /// 32 random bytes as text.
  init(random bytes: [UInt8]) {
    let digits = Array("0123456789abcdef".utf8)
    secret = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xF)]] }
  }

  /// For those who send it.
  package var text: String { String(decoding: secret, as: UTF8.self) }

  /// Takes as long for any candidate of one length, wherever it differs: each byte of the secret is compared with one of
  /// the candidate, and nothing is decided before the last.
  package func matches(_ candidate: String) -> Bool {
    let given = Array(candidate.utf8)
    guard !given.isEmpty else { return false }
    var difference = UInt(bitPattern: secret.count ^ given.count)
    for index in secret.indices { difference |= UInt(secret[index] ^ given[index % given.count]) }
    return difference == 0
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "-._~+/=".utf8.contains(byte)
    }
  }
}

extension AdminToken: CustomStringConvertible {
  /// A secret has no place in a log.
  package var description: String { "AdminToken(\(secret.count) characters)" }
}
