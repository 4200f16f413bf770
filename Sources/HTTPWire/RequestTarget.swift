internal import Bytes

/// The target of a request in the form in which it is forwarded.
struct RequestTarget {
  var target: ByteRange
  var path: ByteRange
  var query: ByteRange
  /// The authority of an absolute-form target, else empty.
  var authority = ByteRange.empty
  var isAsterisk = false
  var isAbsoluteForm = false

  /// Sorts the four forms of RFC 9112 3.2; authority-form belongs to CONNECT, which does not get this far.
  @inline(__always)
  init(_ bytes: RawSpan, _ line: RequestLine) throws(RequestHeadError) {
    let start = line.target.start
    (target, path, query) = split(from: start, to: line.target.end, queryMark: line.queryMark)
    switch bytes[start] {
    case 0x2F: return
    case 0x2A:
      guard line.target.count == 1, line.method == .options else { throw .invalidTarget }
      isAsterisk = true
    default: try readAbsoluteForm(bytes, line)
    }
  }

  private mutating func readAbsoluteForm(_ bytes: RawSpan, _ line: RequestLine) throws(RequestHeadError) {
    let start = line.target.start
    var authorityStart = start
    if bytes.begins(with: "http://", at: line.target) { authorityStart &+= 7 }
    if bytes.begins(with: "https://", at: line.target) { authorityStart &+= 8 }
    guard authorityStart > start else { throw .invalidTarget }
    var pathStart = authorityStart
    while pathStart < line.queryMark, bytes[pathStart] != 0x2F { pathStart &+= 1 }
    (target, path, query) = split(from: pathStart, to: line.target.end, queryMark: line.queryMark)
    authority = ByteRange(at: authorityStart, upTo: pathStart)
    guard isAuthority(bytes, authority) else { throw .invalidTarget }
    isAbsoluteForm = true
    // RFC 9112 3.2.4: no path and no query in OPTIONS means the server as a whole.
    isAsterisk = line.method == .options && target.isEmpty
  }
}

/// The target, and the two parts of it around the "?".
@inline(__always)
private func split(from start: Int, to end: Int, queryMark: Int) -> (ByteRange, path: ByteRange, query: ByteRange) {
  (
    ByteRange(at: start, upTo: end), ByteRange(at: start, upTo: queryMark),
    ByteRange(at: min(queryMark &+ 1, end), upTo: end)
  )
}
