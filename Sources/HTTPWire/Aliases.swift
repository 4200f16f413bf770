public import Bytes

/// The longest known name is "x-turnout-context-error".
private let longestKnownName = 23

/// Whether `range` of `bytes` is `configuredName` written with at least one "_" for a "-", in any case of letters. Many
/// servers read both alike (CGI makes both "_"), so such a field would stand in for the one that the proxy checks.
public func aliases(_ bytes: RawSpan, _ range: ByteRange, configuredName: RawSpan) -> Bool {
  guard range.count == configuredName.byteCount, range.end <= bytes.byteCount else { return false }
  var differs = false
  var index = 0
  while index < range.count {
    let byte = ASCII.lowercased(bytes[range.start &+ index])
    let expected = ASCII.lowercased(configuredName[index])
    if byte != expected {
      guard byte == ASCII.underscore, expected == ASCII.hyphen else { return false }
      differs = true
    }
    index &+= 1
  }
  return differs
}

/// Whether `name`, which holds a "_", is one of `FieldName` when "_" is read as "-".
func isAlias(_ bytes: RawSpan, _ name: ByteRange) -> Bool {
  guard name.count <= longestKnownName else { return false }
  var text: InlineArray<23, UInt8> = .init(repeating: 0)
  var index = 0
  while index < name.count {
    let byte = bytes[name.start &+ index]
    text[index] = byte == ASCII.underscore ? ASCII.hyphen : byte
    index &+= 1
  }
  return unsafe FieldName(text.span.bytes, ByteRange(at: 0, upTo: name.count)) != .other
}
