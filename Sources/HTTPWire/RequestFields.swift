internal import Bytes

/// The host that the request is for (RFC 9112 3.2). An absolute-form target outranks the Host field, which is then
/// dropped, but must be valid all the same.
@inline(__always)
func assessHost(
  _ bytes: RawSpan, _ line: RequestLine, _ target: RequestTarget, _ fields: inout FieldTable
) throws(RequestHeadError) -> ByteRange {
  guard let index = fields.index(of: .host) else {
    guard line.minorVersion == 0 else { throw .missingHost }
    return target.authority
  }
  guard fields.index(of: .host, from: index &+ 1) == nil else { throw .repeatedHost }
  let value = fields[index].value
  if target.isAbsoluteForm {
    guard isAuthority(bytes, value) else { throw .invalidHost }
    fields[index].isDropped = true
    return target.authority
  }
  // A target without authority may come with an empty Host (RFC 9110 7.2).
  guard value.isEmpty || isAuthority(bytes, value) else { throw .invalidHost }
  return value
}

/// Whether the client waits for 100 (Continue). A 1.0 client does not know it: there the field is ignored and dropped
/// (RFC 9110 10.1.1). One that Connection dropped asks for nothing.
@inline(__always)
func assessExpectation(
  _ bytes: RawSpan, _ line: RequestLine, _ fields: inout FieldTable
) throws(RequestHeadError) -> Bool {
  guard fields.contains(.expect) else { return false }
  guard line.minorVersion == 1 else {
    fields.drop(.expect)
    return false
  }
  var expects = false
  var next = fields.index(of: .expect)
  while let index = next {
    guard bytes.reads("100-continue", at: fields[index].value) else { throw .unknownExpectation }
    if !fields[index].isDropped { expects = true }
    next = fields.index(of: .expect, from: index &+ 1)
  }
  return expects
}

/// Whether TE names "trailers" (RFC 9110 10.1.4).
@inline(__always)
func acceptsTrailers(_ bytes: RawSpan, _ fields: borrowing FieldTable) -> Bool {
  var next = fields.index(of: .te)
  while let index = next {
    var elements = ListElements(fields[index].value)
    while let element = elements.next(in: bytes) {
      if bytes.reads("trailers", at: element) { return true }
    }
    next = fields.index(of: .te, from: index &+ 1)
  }
  return false
}

/// How often OPTIONS or TRACE may still be forwarded (RFC 9110 7.6.2); other methods ignore the field.
@inline(__always)
func assessMaxForwards(
  _ bytes: RawSpan, _ line: RequestLine, _ fields: inout FieldTable
) throws(RequestHeadError) -> UInt64? {
  guard line.method == .options || line.method == .trace else { return nil }
  guard let index = fields.index(of: .maxForwards) else { return nil }
  guard fields.index(of: .maxForwards, from: index &+ 1) == nil,
    let count = decimalNumber(bytes, fields[index].value)
  else { throw .invalidMaxForwards }
  fields[index].isDropped = true
  return count
}
