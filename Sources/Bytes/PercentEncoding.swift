/// Percent-encoding (RFC 3986 section 2.1) of text that is read once, off the request path.
public enum PercentEncoding {
  /// Nil when a percent sign is not followed by two hexadecimal digits, or the bytes are no UTF-8 then.
  public static func decode(_ text: some StringProtocol) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap({ ASCII.hexValue($0) }),
        let low = rest.popFirst().flatMap({ ASCII.hexValue($0) })
      else { return nil }
      bytes.append(high << 4 | low)
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
