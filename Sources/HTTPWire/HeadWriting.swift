public import Bytes

extension ByteWriter {
  /// The lines of all fields that are not dropped, in their order, byte by byte as they came. Adjacent lines are copied
  /// at once.
  public mutating func appendKeptFields(_ fields: borrowing FieldTable, of bytes: RawSpan) {
    var runStart = 0
    var runEnd = 0
    var index = 0
    while index < fields.count {
      let field = fields[index]
      if !field.isDropped {
        if field.line.start != runEnd {
          append(bytes.extracting(from: runStart, to: runEnd))
          runStart = field.line.start
        }
        runEnd = field.line.end
      }
      index &+= 1
    }
    append(bytes.extracting(from: runStart, to: runEnd))
  }

  /// The target of `head` as the last proxy before the server writes it (RFC 9112 3.2.1, 3.2.4).
  public mutating func appendTarget(of head: RequestHead, in bytes: RawSpan) {
    if head.isAsterisk { return append(0x2A) }
    if head.path.isEmpty { append(0x2F) }
    append(bytes.extracting(head.target))
  }
}
