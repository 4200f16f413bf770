internal import Bytes

/// version SP status [SP reason] CRLF (RFC 9112 4). The space behind the status is left out by so many servers that
/// its absence is accepted.
struct StatusLine {
  var status: Int
  var reason: ByteRange
  var minorVersion: UInt8
  /// The index behind the CRLF.
  var end: Int
}

/// `nil` means the line is incomplete and so far without fault.
@inline(__always)
func readStatusLine(_ bytes: RawSpan) throws(ResponseHeadError) -> StatusLine? {
  guard let minorVersion = try readVersion(bytes) else { return nil }
  guard let status = try readStatus(bytes, from: 9) else { return nil }
  guard bytes.byteCount > 12 else { return nil }
  let hasReason = bytes[12] == ASCII.space
  let reasonEnd = hasReason ? bytes.endOfText(from: 13) : 12
  let stop = bytes.stop(at: reasonEnd)
  guard stop == .lineEnd else {
    guard let error = ResponseHeadError.at(stop, otherwise: .malformedStatusLine) else { return nil }
    throw error
  }
  let reason = ByteRange(at: min(13, reasonEnd), upTo: reasonEnd)
  return StatusLine(status: status, reason: reason, minorVersion: minorVersion, end: reasonEnd &+ 2)
}

/// The minor version, when a space follows it.
@inline(__always)
private func readVersion(_ bytes: RawSpan) throws(ResponseHeadError) -> UInt8? {
  switch readVersionText(bytes, from: 0) {
  case .pending: return nil
  case .unsupported: throw .unsupportedVersion
  case .malformed(let index):
    guard let error = ResponseHeadError.at(bytes.stop(at: index), otherwise: .malformedStatusLine) else {
      return nil
    }
    throw error
  case .supported(let minor):
    guard bytes.byteCount > 8 else { return nil }
    if bytes[8] == ASCII.space { return minor }
    guard let error = ResponseHeadError.at(bytes.stop(at: 8), otherwise: .malformedStatusLine) else {
      return nil
    }
    throw error
  }
}

/// Three digits, 100 to 599.
@inline(__always)
private func readStatus(_ bytes: RawSpan, from start: Int) throws(ResponseHeadError) -> Int? {
  var status = 0
  var index = start
  while index < start &+ 3 {
    guard index < bytes.byteCount else { return nil }
    guard ASCII.isDigit(bytes[index]) else {
      guard let error = ResponseHeadError.at(bytes.stop(at: index), otherwise: .invalidStatus) else {
        return nil
      }
      throw error
    }
    status = status &* 10 &+ Int(bytes[index] &- 0x30)
    index &+= 1
  }
  guard status >= 100, status <= 599 else { throw .invalidStatus }
  return status
}
