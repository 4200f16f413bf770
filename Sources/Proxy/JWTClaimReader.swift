internal import Bytes
internal import HTTPWire

/// Reads one claim at the top level of the payload of a bearer JWT (RFC 7519, RFC 6750). The signature is not checked:
/// the upstream does that, and refuses a token that is not genuine whichever cohort it came to.
struct JWTClaimReader: ~Copyable {
  /// The decoded payload of the token at hand: a token stands in a head of bounded length.
  private var payload = ByteWriter(capacity: 16_384)

  /// How often the claim is there: 1 when the one Authorization line holds it once, as a string or an integer, which is
  /// appended to `key`.
  mutating func read(
    _ claim: FixedBytes, _ bytes: RawSpan, _ fields: borrowing FieldTable, into key: inout ByteWriter
  ) -> Int {
    var lines = 0
    var line = ByteRange.empty
    for number in 0..<fields.count where fields[number].id == .authorization && !fields[number].isDropped {
      lines &+= 1
      line = fields[number].value
    }
    guard lines == 1 else { return 0 }
    let value = bytes.extracting(line)
    guard value.byteCount > 7, value.extracting(from: 0, to: 7).equalsIgnoringCase("bearer ") else { return 0 }
    guard decodePayload(of: value.extracting(from: 7, to: value.byteCount)) else { return 0 }
    var scanner = ClaimScanner(payload.bytes)
    return scanner.find(claim, into: &key)
  }

  /// Decodes what stands between the first two dots: base64url without padding (RFC 4648 5).
  private mutating func decodePayload(of token: RawSpan) -> Bool {
    payload.removeAll()
    var index = 0
    while index < token.byteCount, token[index] != 0x2E { index &+= 1 }
    index &+= 1
    var bits: UInt32 = 0
    var bitCount: UInt32 = 0
    while index < token.byteCount, token[index] != 0x2E {
      guard let value = Self.base64Value(token[index]) else { return false }
      bits = bits &<< 6 | UInt32(value)
      bitCount &+= 6
      if bitCount >= 8 {
        bitCount &-= 8
        payload.append(UInt8(truncatingIfNeeded: bits &>> bitCount))
      }
      index &+= 1
    }
    return index < token.byteCount && !payload.isOverflown
  }

  private static func base64Value(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x41...0x5A: byte &- 0x41
    case 0x61...0x7A: byte &- 0x47
    case 0x30...0x39: byte &+ 4
    case ASCII.hyphen: 62
    case ASCII.underscore: 63
    default: nil
    }
  }
}
