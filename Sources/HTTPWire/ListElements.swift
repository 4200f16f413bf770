internal import Bytes

/// The elements of a comma-separated value (RFC 9110 5.6.1), trimmed, empty ones left out. Quoted strings are not
/// understood: the lists read here are lists of tokens.
struct ListElements {
  private var index: Int
  private let end: Int

  @inline(__always)
  init(_ value: ByteRange) {
    index = value.start
    end = value.end
  }

  mutating func next(in bytes: RawSpan) -> ByteRange? {
    while index < end {
      let start = index
      while index < end, bytes[index] != ASCII.comma { index &+= 1 }
      let element = bytes.trimmed(from: start, to: index)
      index &+= 1
      if !element.isEmpty { return element }
    }
    return nil
  }
}
