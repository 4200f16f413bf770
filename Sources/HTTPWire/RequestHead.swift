public import Bytes

/// What a proxy must know about a request before it forwards it, as ranges of the bytes that were parsed. The fields
/// themselves are in the table.
public struct RequestHead: Sendable {
  public var method: Method
  public var methodText: ByteRange
  /// What to forward in origin-form, unchanged. It begins with "/" unless `path` is empty (an absolute-form target
  /// without a path): then a "/" has to be written in front. `appendTarget` does it right.
  public var target: ByteRange
  /// OPTIONS for the server as a whole: "*" is forwarded, whatever `target` holds.
  public var isAsterisk: Bool
  /// The target without the query.
  public var path: ByteRange
  /// Without "?"; may be empty.
  public var query: ByteRange
  /// The authority of an absolute-form target, else the value of Host. Empty when an HTTP/1.0 request has none.
  public var host: ByteRange
  /// Then the Host field is dropped and the caller writes it anew from `host`.
  public var isAbsoluteForm: Bool
  public var hasHostField: Bool
  /// 0 or 1.
  public var minorVersion: UInt8
  /// Bytes of the whole head, a leading empty line included.
  public var length: Int
  /// `none`, `length` or `chunked`.
  public var framing: BodyFraming
  /// Whether the client wants the connection kept: 1.1 without close, 1.0 with keep-alive.
  public var keepsAlive: Bool
  /// Expect: 100-continue, in a 1.1 request.
  public var expectsContinue: Bool
  /// TE: trailers, in a 1.1 request. TE itself is dropped.
  public var acceptsTrailers: Bool
  /// A 1.1 request without body whose Connection names upgrade and that has an Upgrade field (which is dropped).
  public var offersUpgrade: Bool
  /// Connection names fields that are not hop-by-hop anyway: a trailer section may hold such a field too, so it has to
  /// be dropped as a whole.
  public var nominatesFields: Bool
  /// Only for OPTIONS and TRACE; the field is dropped then, the caller writes it anew with one less.
  public var maxForwards: UInt64?
}

/// Parses the head of a request at the start of `bytes` (RFC 9112 2 to 6). Nil: it is incomplete, and what came so far
/// is without fault.
///
/// One pass over the bytes, judged from left to right: the outcome does not depend on the pieces in which they came,
/// and a fault is reported as soon as its byte is there. Nothing is decoded or copied; no input traps.
public func parseRequestHead(
  _ bytes: RawSpan, limits: HeadLimits, fields: inout FieldTable
) throws(RequestHeadError) -> RequestHead? {
  fields.removeAll()
  let head = bytes.extracting(from: 0, to: limits.clampedHeadBytes)
  guard let line = try readRequestLine(head, limits: limits) else { return try pendingHead(bytes, limits) }
  let length: Int?
  do throws(FieldFault) {
    length = try readFields(head, from: line.end, maximum: limits.fields, into: &fields)
  } catch {
    throw RequestHeadError(error)
  }
  guard let length else { return try pendingHead(bytes, limits) }
  return try assess(bytes, line, length, &fields)
}

/// An incomplete head that has reached the limit can only be longer than it.
private func pendingHead(_ bytes: RawSpan, _ limits: HeadLimits) throws(RequestHeadError) -> RequestHead? {
  guard bytes.byteCount < limits.clampedHeadBytes else { throw .headTooLong }
  return nil
}

/// What the fields of a complete head mean together.
@inline(__always)
private func assess(
  _ bytes: RawSpan, _ line: RequestLine, _ length: Int, _ fields: inout FieldTable
) throws(RequestHeadError) -> RequestHead {
  let target = try RequestTarget(bytes, line)
  let host = try assessHost(bytes, line, target, &fields)
  let framing: BodyFraming
  let options: ConnectionOptions
  do throws(FieldFault) {
    let declared = try decideFraming(bytes, fields, minorVersion: line.minorVersion)
    framing = declared == .untilClose ? .none : declared
    options = try ConnectionOptions(bytes, &fields)
  } catch {
    throw RequestHeadError(error)
  }
  let isModern = line.minorVersion == 1
  let hasBody = framing != .none && framing != .length(0)
  return RequestHead(
    method: line.method, methodText: line.methodText, target: target.target, isAsterisk: target.isAsterisk,
    path: target.path, query: target.query, host: host, isAbsoluteForm: target.isAbsoluteForm,
    hasHostField: fields.contains(.host), minorVersion: line.minorVersion, length: length, framing: framing,
    keepsAlive: options.persists(minorVersion: line.minorVersion),
    expectsContinue: try assessExpectation(bytes, line, &fields),
    acceptsTrailers: isModern && acceptsTrailers(bytes, fields),
    offersUpgrade: isModern && options.upgrades && !hasBody && fields.contains(.upgrade),
    nominatesFields: options.nominates, maxForwards: try assessMaxForwards(bytes, line, &fields))
}
