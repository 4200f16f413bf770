public import Bytes

/// What a proxy must know about a response before it forwards it, as ranges of the bytes that were parsed. The fields
/// themselves are in the table.
public struct ResponseHead: Sendable {
  /// 100 to 599.
  public var status: Int
  /// May be empty.
  public var reason: ByteRange
  /// The version through the CRLF.
  public var statusLine: ByteRange
  /// 0 or 1.
  public var minorVersion: UInt8
  /// Bytes of the whole head.
  public var length: Int
  /// `none` for a response to HEAD, 1xx, 204 and 304, whatever the fields say.
  public var framing: BodyFraming
  /// Whether the server keeps the connection; never after `untilClose`.
  public var keepsAlive: Bool
  /// Whether a Date field is forwarded.
  public var hasDate: Bool
  public var hasContentLengthField: Bool
  /// Whether Connection names upgrade: what a 101 needs besides its Upgrade field (which is dropped).
  public var namesUpgrade: Bool
  /// Connection names fields that are not hop-by-hop anyway: a trailer section may hold such a field too, so it has to
  /// be dropped as a whole.
  public var nominatesFields: Bool
}

/// Parses the head of a response at the start of `bytes` (RFC 9112 2 to 6). Nil: it is incomplete, and what came so far
/// is without fault. The promises of `parseRequestHead` hold here too.
public func parseResponseHead(
  _ bytes: RawSpan, answering method: Method, limits: HeadLimits, fields: inout FieldTable
) throws(ResponseHeadError) -> ResponseHead? {
  fields.removeAll()
  let head = bytes.extracting(from: 0, to: limits.clampedHeadBytes)
  guard let line = try readStatusLine(head) else { return try pendingHead(bytes, limits) }
  do throws(FieldFault) {
    if let length = try readFields(head, from: line.end, maximum: limits.fields, into: &fields) {
      return try assess(bytes, line, length, method, &fields)
    }
  } catch {
    throw ResponseHeadError(error)
  }
  return try pendingHead(bytes, limits)
}

/// An incomplete head that has reached the limit can only be longer than it.
private func pendingHead(_ bytes: RawSpan, _ limits: HeadLimits) throws(ResponseHeadError) -> ResponseHead? {
  guard bytes.byteCount < limits.clampedHeadBytes else { throw .headTooLong }
  return nil
}

/// What the fields of a complete head mean together (RFC 9112 6.3).
@inline(__always)
private func assess(
  _ bytes: RawSpan, _ line: StatusLine, _ length: Int, _ method: Method, _ fields: inout FieldTable
) throws(FieldFault) -> ResponseHead {
  let declared = try decideFraming(bytes, fields, minorVersion: line.minorVersion)
  let isBodiless = method == .head || line.status < 200 || line.status == 204 || line.status == 304
  let framing = isBodiless ? .none : declared
  let options = try ConnectionOptions(bytes, &fields)
  if isBodiless, line.status >= 200, line.status != 204 { keepContentLength(&fields) }
  return ResponseHead(
    status: line.status, reason: line.reason, statusLine: ByteRange(at: 0, upTo: line.end),
    minorVersion: line.minorVersion, length: length, framing: framing,
    keepsAlive: framing != .untilClose && options.persists(minorVersion: line.minorVersion),
    hasDate: keepsDate(fields), hasContentLengthField: fields.contains(.contentLength),
    namesUpgrade: options.upgrades, nominatesFields: options.nominates)
}

/// A response to HEAD and 304 state the length of a body that does not follow: one line of it is forwarded.
private func keepContentLength(_ fields: inout FieldTable) {
  guard let index = fields.index(of: .contentLength) else { return }
  fields[index].isDropped = false
}

@inline(__always)
private func keepsDate(_ fields: borrowing FieldTable) -> Bool {
  guard let index = fields.index(of: .date) else { return false }
  return !fields[index].isDropped
}
