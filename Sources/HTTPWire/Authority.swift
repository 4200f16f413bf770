internal import Bytes

/// Whether `range` of `bytes` is a host with an optional port, as in Host and in an absolute-form target (RFC 3986 3.2):
/// no userinfo, no path, no comma, a port of at most 65535.
func isAuthority(_ bytes: RawSpan, _ range: ByteRange) -> Bool {
  guard !range.isEmpty else { return false }
  let isLiteral = bytes[range.start] == 0x5B
  let end = isLiteral ? endOfLiteral(bytes, range) : endOfRegisteredName(bytes, range)
  guard let end, end > range.start else { return false }
  return end == range.end || bytes[end] == ASCII.colon && isPort(bytes, from: end &+ 1, to: range.end)
}

/// The index behind "]" of an IPv6 address, or nil. The address itself is left to the server that it names.
private func endOfLiteral(_ bytes: RawSpan, _ range: ByteRange) -> Int? {
  var index = range.start &+ 1
  while index < range.end {
    let byte = bytes[index]
    if byte == 0x5D { return index &- range.start > 2 ? index &+ 1 : nil }
    guard ASCII.hexValue(byte) != nil || byte == ASCII.colon || byte == 0x2E else { return nil }
    index &+= 1
  }
  return nil
}

/// The first index that is no part of a registered name or IPv4 address, or nil when a "%" is not followed by two
/// hexadecimal digits.
private func endOfRegisteredName(_ bytes: RawSpan, _ range: ByteRange) -> Int? {
  var index = range.start
  while index < range.end {
    let byte = bytes[index]
    if byte == 0x25 {
      guard index &+ 2 < range.end, ASCII.hexValue(bytes[index &+ 1]) != nil,
        ASCII.hexValue(bytes[index &+ 2]) != nil
      else { return nil }
    } else if !isNameByte(byte) {
      return index
    }
    index &+= 1
  }
  return index
}

/// unreserved and sub-delims (RFC 3986 2.2, 2.3) but for the comma, which would make a list of Host.
@inline(__always)
private func isNameByte(_ byte: UInt8) -> Bool {
  // "!$&'()*+-.", digits, ";="
  let low: UInt64 = 0x2BFF_6FD2_0000_0000
  // letters, "_", "~"
  let high: UInt64 = 0x47FF_FFFE_87FF_FFFE
  let mask = byte & 0x40 == 0 ? low : high
  return byte < 0x80 && (mask &>> UInt64(byte & 0x3F)) & 1 == 1
}

/// The grammar lets a port be empty (RFC 3986 3.2.3).
private func isPort(_ bytes: RawSpan, from start: Int, to end: Int) -> Bool {
  guard start < end else { return true }
  guard end &- start <= 5, let port = decimalNumber(bytes, ByteRange(at: start, upTo: end)) else { return false }
  return port <= 65_535
}
