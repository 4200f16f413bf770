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
    if claims.needsRequestID { appendRequestID() }
    stamps.appendRequestLines(group: clients[index].exchange.group, cohort: cohort, to: &scratch)
    scratch.append("\r\n")
    guard !scratch.isOverflown else { return false }
    return clients[index].input.replaceHead(consumed: head.length, with: scratch.bytes)
  }

  /// What the proxy has to say because no believed field of the client says it.
  private struct Claims {
    var needsProto = true
    var needsHost = true
    var needsRequestID = true
  }

  /// Drops the client's copies of what only the proxy says.
  private mutating func claimFields(_ bytes: RawSpan, _ head: RequestHead) -> Claims {
    let believesForwarded = headers.forwarded == .append
    var claims = Claims(needsProto: believesForwarded)
    for number in 0..<requestFields.count where !requestFields[number].isDropped {
      switch requestFields[number].id {
      case .turnoutCohort, .turnoutFlag, .turnoutGeneration, .turnoutCreated:
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
        if claims.needsRequestID, Self.isUsableID(bytes.extracting(requestFields[number].value)) {
          claims.needsRequestID = false
        } else {
          requestFields[number].isDropped = true
        }
      default: continue
      }
    }
    return claims
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

  private mutating func appendRequestID() {
    scratch.append("X-Request-Id: ")
    scratch.append(hexadecimal: random.next())
    scratch.append(hexadecimal: random.next())
    scratch.append("\r\n")
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
