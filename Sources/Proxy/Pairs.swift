internal import Bytes

/// Walks over "name=value" pairs, between which a separator and white space stand.
struct Pairs: ~Escapable {
  private let text: RawSpan
  private let separator: UInt8
  private var position = 0
  private var nameRange = ByteRange.empty
  private var valueRange = ByteRange.empty

  @_lifetime(copy text)
  init(_ text: RawSpan, separator: UInt8) {
    self.text = text
    self.separator = separator
  }

  var name: RawSpan {
    @_lifetime(copy self)
    get { text.extracting(nameRange) }
  }

  var value: RawSpan {
    @_lifetime(copy self)
    get { text.extracting(valueRange) }
  }

  /// The value without the double quotes around it, if there are any.
  var unquotedValue: RawSpan {
    @_lifetime(copy self)
    get {
      let value = text.extracting(valueRange)
      let count = value.byteCount
      guard count >= 2, value[0] == 0x22, value[count &- 1] == 0x22 else { return value }
      return value.extracting(from: 1, to: count &- 1)
    }
  }

  /// Moves to the next pair; false at the end.
  @_lifetime(self: copy self)
  mutating func next() -> Bool {
    while position < text.byteCount, ASCII.isWhitespace(text[position]) { position &+= 1 }
    guard position < text.byteCount else { return false }
    let start = position
    var equals = -1
    while position < text.byteCount, text[position] != separator {
      if text[position] == 0x3D, equals < 0 { equals = position }
      position &+= 1
    }
    nameRange = ByteRange(from: start, to: equals < 0 ? position : equals)
    valueRange = ByteRange(from: equals < 0 ? position : equals &+ 1, to: position)
    position &+= 1
    return true
  }
}
