internal import Bytes

/// What stands where "HTTP/1.1" is expected.
enum VersionText {
  case pending
  case supported(minor: UInt8)
  /// HTTP, in a version that is not spoken here.
  case unsupported
  /// No version; the index of the first wrong byte.
  case malformed(Int)
}

@inline(__always)
func readVersionText(_ bytes: RawSpan, from start: Int) -> VersionText {
  if start &+ 8 <= bytes.byteCount {
    let text = ByteRange(at: start, upTo: start &+ 8)
    if bytes.readsExactly("HTTP/1.1", at: text) { return .supported(minor: 1) }
    if bytes.readsExactly("HTTP/1.0", at: text) { return .supported(minor: 0) }
  }
  return judgeVersionText(bytes, from: start)
}

/// Byte by byte: which is wrong, or what version it is.
private func judgeVersionText(_ bytes: RawSpan, from start: Int) -> VersionText {
  let pattern: StaticString = "HTTP/0.0"
  var index = 0
  while index < 8 {
    guard start &+ index < bytes.byteCount else { return .pending }
    let byte = bytes[start &+ index]
    let expected = unsafe pattern.utf8Start[index]
    guard expected == 0x30 ? ASCII.isDigit(byte) : byte == expected else { return .malformed(start &+ index) }
    index &+= 1
  }
  return .unsupported
}
