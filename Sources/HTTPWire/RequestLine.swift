internal import Bytes

/// method SP target SP version CRLF (RFC 9112 3), as ranges.
struct RequestLine {
  var method: Method
  var methodText: ByteRange
  var target: ByteRange
  /// The first "?" of the target, or its end.
  var queryMark: Int
  var minorVersion: UInt8
  /// The index behind the CRLF.
  var end: Int
}

/// No registered method is longer than 17 bytes.
private let maximumMethodBytes = 32

/// `nil` means the line is incomplete and so far without fault.
@inline(__always)
func readRequestLine(
  _ bytes: RawSpan, limits: HeadLimits
) throws(RequestHeadError) -> RequestLine? {
  guard let start = try skipEmptyLine(bytes) else { return nil }
  guard let methodText = try readMethod(bytes, from: start) else { return nil }
  let method = Method(bytes, methodText)
  guard method != .connect else { throw .connectNotSupported }
  let targetStart = methodText.end &+ 1
  var queryMark = targetStart
  guard
    let targetEnd = try readTarget(
      bytes, from: targetStart, maximum: limits.targetBytes, queryMark: &queryMark)
  else { return nil }
  guard let minorVersion = try readVersion(bytes, from: targetEnd &+ 1) else { return nil }
  return RequestLine(
    method: method, methodText: methodText, target: ByteRange(at: targetStart, upTo: targetEnd), queryMark: queryMark,
    minorVersion: minorVersion, end: targetEnd &+ 11)
}

/// One empty line may come first (RFC 9112 2.2). A second one is no method.
@inline(__always)
private func skipEmptyLine(_ bytes: RawSpan) throws(RequestHeadError) -> Int? {
  guard bytes.byteCount > 0 else { return nil }
  guard bytes[0] == ASCII.carriageReturn else { return 0 }
  switch bytes.stop(at: 0) {
  case .lineEnd: return 2
  case .pending: return nil
  default: throw .bareCarriageReturn
  }
}

@inline(__always)
private func readMethod(_ bytes: RawSpan, from start: Int) throws(RequestHeadError) -> ByteRange? {
  var sawUnderscore = false
  let window = bytes.extracting(from: 0, to: start &+ maximumMethodBytes &+ 1)
  let stop = window.endOfToken(from: start, sawUnderscore: &sawUnderscore)
  guard stop &- start <= maximumMethodBytes else { throw .methodTooLong }
  guard stop < bytes.byteCount else { return nil }
  guard bytes[stop] == ASCII.space, stop > start else {
    guard let error = RequestHeadError.at(bytes.stop(at: stop), otherwise: .invalidMethod) else { return nil }
    throw error
  }
  return ByteRange(at: start, upTo: stop)
}

/// The index of the space behind the target.
@inline(__always)
private func readTarget(
  _ bytes: RawSpan, from start: Int, maximum: Int, queryMark: inout Int
) throws(RequestHeadError) -> Int? {
  let questionMark: UInt8 = 0x3F
  // One byte more than allowed is looked at, to tell a target that is too long from one that is just long enough.
  let bound = min(bytes.byteCount, start &+ max(0, min(maximum, 1 &<< 30)) &+ 1)
  var stop = bytes.endOfTarget(from: start, to: bound, mark: questionMark)
  queryMark = stop
  if stop < bound, bytes[stop] == questionMark {
    // A control character serves as the mark that never comes: it stops the scan anyway.
    stop = bytes.endOfTarget(from: stop &+ 1, to: bound, mark: 0)
  }
  guard stop &- start <= maximum else { throw .targetTooLong }
  guard stop < bytes.byteCount else { return nil }
  guard bytes[stop] == ASCII.space else {
    guard let error = RequestHeadError.at(bytes.stop(at: stop), otherwise: .invalidTarget) else { return nil }
    throw error
  }
  guard stop > start else { throw .malformedRequestLine }
  return stop
}

/// The minor version of "HTTP/1.0" or "HTTP/1.1" and CRLF.
@inline(__always)
private func readVersion(_ bytes: RawSpan, from start: Int) throws(RequestHeadError) -> UInt8? {
  switch readVersionText(bytes, from: start) {
  case .pending: return nil
  case .malformed(let index):
    guard let error = RequestHeadError.at(bytes.stop(at: index), otherwise: .malformedVersion) else {
      return nil
    }
    throw error
  case .unsupported: throw .unsupportedVersion
  case .supported(let minor):
    let stop = bytes.stop(at: start &+ 8)
    if stop == .lineEnd { return minor }
    guard let error = RequestHeadError.at(stop, otherwise: .malformedRequestLine) else { return nil }
    throw error
  }
}
