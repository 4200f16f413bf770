internal import Bytes

/// How the end of a body is found (RFC 9112 6.3).
public enum BodyFraming: Equatable, Sendable {
  case none
  /// Bytes, at most 2^63 - 1.
  case length(UInt64)
  case chunked
  /// Until the sender closes; responses only.
  case untilClose
}

/// The framing that the fields declare; `untilClose` when they declare none. Two ways to say it, or one said
/// ambiguously, are faults: what two servers read differently is how requests are smuggled.
@inline(__always)
func decideFraming(
  _ bytes: RawSpan, _ fields: borrowing FieldTable, minorVersion: UInt8
) throws(FieldFault) -> BodyFraming {
  if fields.contains(.transferEncoding) {
    guard minorVersion == 1 else { throw .transferEncodingInHTTP10 }
    guard !fields.contains(.contentLength) else { throw .transferEncodingWithContentLength }
    try checkTransferEncoding(bytes, fields)
    return .chunked
  }
  guard let length = try readContentLength(bytes, fields) else { return .untilClose }
  return .length(length)
}

/// Lines that repeat the same digits count as one (RFC 9112 6.3 case 5).
@inline(__always)
private func readContentLength(_ bytes: RawSpan, _ fields: borrowing FieldTable) throws(FieldFault) -> UInt64? {
  guard let first = fields.index(of: .contentLength) else { return nil }
  let value = fields[first].value
  guard let length = decimalNumber(bytes, value) else { throw .invalidContentLength }
  var next = fields.index(of: .contentLength, from: first &+ 1)
  while let index = next {
    guard bytes.agree(value, fields[index].value) else {
      guard decimalNumber(bytes, fields[index].value) != nil else { throw .invalidContentLength }
      throw .conflictingContentLength
    }
    next = fields.index(of: .contentLength, from: index &+ 1)
  }
  return length
}

/// Exactly one line that reads "chunked", or a fault.
private func checkTransferEncoding(_ bytes: RawSpan, _ fields: borrowing FieldTable) throws(FieldFault) {
  guard let first = fields.index(of: .transferEncoding) else { return }
  let isOnly = fields.index(of: .transferEncoding, from: first &+ 1) == nil
  if isOnly, bytes.reads("chunked", at: fields[first].value) { return }
  throw codingFault(bytes, fields)
}

/// A well-formed list of other codings, with at most one "chunked" at its end, is merely not supported; everything else
/// is malformed.
private func codingFault(_ bytes: RawSpan, _ fields: borrowing FieldTable) -> FieldFault {
  var otherCount = 0
  var isEnded = false
  var next = fields.index(of: .transferEncoding)
  while let index = next {
    var elements = ListElements(fields[index].value)
    while let coding = elements.next(in: bytes) {
      var sawUnderscore = false
      let tokenEnd = bytes.endOfToken(from: coding.start, sawUnderscore: &sawUnderscore)
      guard !isEnded, tokenEnd >= coding.end else { return .invalidTransferEncoding }
      isEnded = bytes.reads("chunked", at: coding)
      if !isEnded { otherCount &+= 1 }
    }
    next = fields.index(of: .transferEncoding, from: index &+ 1)
  }
  return otherCount > 0 ? .unsupportedTransferCoding : .invalidTransferEncoding
}
