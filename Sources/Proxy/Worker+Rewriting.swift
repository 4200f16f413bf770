internal import Bytes
internal import Flags
internal import HTTPWire
internal import Reactor

// The head for the upstream: what the client sent, less what is not for the upstream, plus what the proxy says.
extension Worker {
  /// Lays the head for the upstream in front of the body. False when it does not fit.
  mutating func rewrite(_ index: Int, _ head: RequestHead) -> Bool {
    let input = clients[index].input
    let cohort = clients[index].exchange.cohort
    let claims = claimFields(input.received, head)
    scratch.removeAll()
    appendRequestLine(head, input.received, cohort)
    scratch.appendKeptFields(requestFields, of: input.received)
    scratch.append(framing: head.framing)
    if head.acceptsTrailers { scratch.append("TE: trailers\r\nConnection: TE\r\n") }
    if let left = head.maxForwards { appendMaxForwards(left &- 1) }
    appendForwarded(index, head, input.received, claims)
    let ids = appendIDs(claims)
    stamps.appendRequestLines(group: clients[index].exchange.group, cohort: cohort, to: &scratch)
    scratch.append("\r\n")
    noteSentIDs(index, input, claims, ids)
    guard !scratch.isOverflown else { return false }
    return clients[index].input.replaceHead(consumed: head.length, with: scratch.bytes)
  }

  /// What the proxy has to say because no believed field of the client says it.
  private struct Claims {
    var needsProto = true
    var needsHost = true
    /// Where the client's own ids stand that can be used; else empty.
    var requestID = ByteRange.empty
    var traceID = ByteRange.empty
  }

  /// Drops the client's copies of what only the proxy says.
  private mutating func claimFields(_ bytes: RawSpan, _ head: RequestHead) -> Claims {
    let believesForwarded = headers.forwarded == .append
    var claims = Claims(needsProto: believesForwarded)
    for number in 0..<requestFields.count where !requestFields[number].isDropped {
      switch requestFields[number].id {
      case .turnoutCohort, .turnoutFlag, .turnoutGeneration, .turnoutCreated, .turnoutContextError:
        requestFields[number].isDropped = true
      case .maxForwards:
        if head.maxForwards != nil { requestFields[number].isDropped = true }
      case .forwardedFor:
        // A believed line stays and ours follows: lines of one name are one list, in order (RFC 9110 5.3).
        if !believesForwarded { requestFields[number].isDropped = true }
      case .forwardedProto:
        if believesForwarded { claims.needsProto = false } else { requestFields[number].isDropped = true }
      case .forwardedHost:
        if believesForwarded { claims.needsHost = false } else { requestFields[number].isDropped = true }
      case .requestID:
        if claims.requestID.isEmpty, Self.isUsableID(bytes.extracting(requestFields[number].value)) {
          claims.requestID = requestFields[number].value
        } else {
          requestFields[number].isDropped = true
        }
      default: continue
      }
    }
    claims.traceID = claimTrace(bytes)
    return claims
  }

  /// The id of the trace that the client's traceparent names, if that can be gone on with. Else a new trace is begun, and
  /// what the client said of another is dropped (W3C Trace Context 4.3).
  private mutating func claimTrace(_ bytes: RawSpan) -> ByteRange {
    guard requestFields.contains(.traceparent) || requestFields.contains(.tracestate) else { return .empty }
    if let number = requestFields.index(of: .traceparent), !requestFields[number].isDropped,
      requestFields.index(of: .traceparent, from: number &+ 1) == nil
    {
      let value = requestFields[number].value
      if TraceParent.isValid(bytes.extracting(value)) {
        let start = value.start &+ TraceParent.traceID.start
        return ByteRange(from: start, to: start &+ TraceParent.traceID.count)
      }
    }
    guard headers.startsTraces else { return .empty }
    requestFields.drop(.traceparent)
    requestFields.drop(.tracestate)
    return .empty
  }

  /// For the log alone: the ids under which the request goes on, from the client's head or from ours.
  @inline(__always)
  private mutating func noteSentIDs(
    _ index: Int, _ input: StreamBuffer, _ claims: Claims, _ made: (request: ByteRange, trace: ByteRange)
  ) {
    guard accessTap.isOn else { return }
    // One of each two is empty, and noting nothing changes nothing.
    noteRequestID(index, input.received.extracting(claims.requestID))
    noteRequestID(index, scratch.bytes.extracting(made.request))
    noteTraceID(index, input.received.extracting(claims.traceID))
    noteTraceID(index, scratch.bytes.extracting(made.trace))
  }

  /// For the log alone: the client's ids in a request that goes nowhere.
  mutating func noteClaimedIDs(_ index: Int, _ head: RequestHead) {
    guard accessTap.isOn else { return }
    let input = clients[index].input
    let claims = claimFields(input.received, head)
    noteRequestID(index, input.received.extracting(claims.requestID))
    noteTraceID(index, input.received.extracting(claims.traceID))
  }

  /// 1 to 128 bytes of a token: safe in any log.
  private static func isUsableID(_ id: RawSpan) -> Bool {
    guard id.byteCount > 0, id.byteCount <= 128 else { return false }
    var index = 0
    while index < id.byteCount {
      guard ASCII.isToken(id[index]) else { return false }
      index &+= 1
    }
    return true
  }

  private mutating func appendRequestLine(_ head: RequestHead, _ bytes: RawSpan, _ cohort: Cohort) {
    scratch.append(bytes.extracting(head.methodText))
    scratch.append(ASCII.space)
    if !head.isAsterisk { scratch.append(cohorts[Int(cohort.rawValue)].pathPrefix.bytes) }
    scratch.appendTarget(of: head, in: bytes)
    scratch.append(" HTTP/1.1\r\n")
    guard head.isAbsoluteForm || !head.hasHostField else { return }
    scratch.append("Host: ")
    if head.host.isEmpty {
      scratch.append(servers[cohorts[Int(cohort.rawValue)].firstServer].authority.bytes)
    } else {
      scratch.append(bytes.extracting(head.host))
    }
    scratch.append("\r\n")
  }

  private mutating func appendMaxForwards(_ left: UInt64) {
    scratch.append("Max-Forwards: ")
    scratch.append(decimal: left)
    scratch.append("\r\n")
  }

  private mutating func appendForwarded(_ index: Int, _ head: RequestHead, _ bytes: RawSpan, _ claims: Claims) {
    scratch.append("X-Forwarded-For: ")
    scratch.append(clients[index].peer.bytes)
    scratch.append("\r\n")
    if claims.needsProto { scratch.append("X-Forwarded-Proto: http\r\n") }
    if claims.needsHost, !head.host.isEmpty {
      scratch.append("X-Forwarded-Host: ")
      scratch.append(bytes.extracting(head.host))
      scratch.append("\r\n")
    }
  }

  /// New ids where the client has none that can be used, and where they stand in the new head.
  private mutating func appendIDs(_ claims: Claims) -> (request: ByteRange, trace: ByteRange) {
    var ids = (request: ByteRange.empty, trace: ByteRange.empty)
    if claims.requestID.isEmpty {
      scratch.append("X-Request-Id: ")
      ids.request = appendID()
      scratch.append("\r\n")
    }
    if claims.traceID.isEmpty, headers.startsTraces {
      scratch.append("traceparent: 00-")
      ids.trace = appendID()
      scratch.append("-")
      scratch.append(hexadecimal: random.next() | 1)
      scratch.append("-01\r\n")
    }
    return ids
  }

  /// 16 random bytes, which are not all zero.
  private mutating func appendID() -> ByteRange {
    let start = scratch.count
    let high = random.next()
    scratch.append(hexadecimal: high)
    scratch.append(hexadecimal: high == 0 ? random.next() | 1 : random.next())
    return ByteRange(from: start, to: scratch.count)
  }
}

extension ByteWriter {
  /// The one field that says how long the body is; none for a message without one.
  mutating func append(framing: BodyFraming) {
    switch framing {
    case .none, .untilClose: return
    case .chunked: append("Transfer-Encoding: chunked\r\n")
    case .length(let length):
      append("Content-Length: ")
      append(decimal: length)
      append("\r\n")
    }
  }
}
