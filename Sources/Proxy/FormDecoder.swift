internal import Bytes

/// The bytes that form encoding stands for: %XX is a byte, + a space, anything else itself. A % without two digits is
/// taken as it is.
struct FormDecoder: ~Escapable {
  private let text: RawSpan
  private var position = 0

  @_lifetime(copy text)
  init(_ text: RawSpan) { self.text = text }

  @_lifetime(self: copy self)
  mutating func next() -> UInt8? {
    guard position < text.byteCount else { return nil }
    let byte = text[position]
    position &+= 1
    if byte == 0x2B { return ASCII.space }
    guard byte == 0x25, position &+ 1 < text.byteCount, let high = ASCII.hexValue(text[position]),
      let low = ASCII.hexValue(text[position &+ 1])
    else { return byte }
    position &+= 2
    return high &<< 4 | low
  }
}
