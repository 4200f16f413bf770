internal import Bytes

/// The value of Via (RFC 9110 7.6.3): "1.1 here, 1.0 there:8080 (a comment)".
enum Via {
  /// Whether one element's received-by is `name`. Only whole elements count: "here" has not passed "here-2".
  static func contains(_ name: RawSpan, in value: RawSpan) -> Bool {
    var start = 0
    while start < value.byteCount {
      let end = self.end(ofElementAt: start, in: value)
      if receivedBy(value.extracting(from: start, to: end)).equalsIgnoringCase(name) { return true }
      start = end &+ 1
    }
    return false
  }

  /// Where the comma is that ends the element, or the end. A comma in a comment ends none.
  private static func end(ofElementAt start: Int, in value: RawSpan) -> Int {
    var depth = 0
    var index = start
    while index < value.byteCount {
      switch value[index] {
      case 0x28: depth &+= 1
      case 0x29: depth = max(0, depth &- 1)
      case ASCII.comma where depth == 0: return index
      default: break
      }
      index &+= 1
    }
    return index
  }

  /// The second word of an element.
  @_lifetime(copy element)
  private static func receivedBy(_ element: RawSpan) -> RawSpan {
    var index = 0
    while index < element.byteCount, ASCII.isWhitespace(element[index]) { index &+= 1 }
    while index < element.byteCount, !ASCII.isWhitespace(element[index]) { index &+= 1 }
    while index < element.byteCount, ASCII.isWhitespace(element[index]) { index &+= 1 }
    let start = index
    while index < element.byteCount, !ASCII.isWhitespace(element[index]), element[index] != 0x28 { index &+= 1 }
    return element.extracting(from: start, to: index)
  }
}
