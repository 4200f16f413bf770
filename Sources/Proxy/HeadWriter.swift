internal import Bytes
internal import Flags
internal import HTTPWire
internal import Reactor

/// Writes heads: what goes to the server, what goes to the client, and the responses of our own.
///
/// It owns the memory in which a head is made and what all heads of a worker have in common. The bytes of the present
/// message are borrowed from its connection, so they cannot move while a head is made of them.
struct HeadWriter: ~Copyable {
  var requestFields: FieldTable
  var responseFields: FieldTable
  /// The head that was written last.
  private(set) var text: ByteWriter
  var date = HTTPDate()
  var routing: RoutingHeaders
  private var random = RandomBits()
  private let settings: HeaderSettings
  private let viaName: FixedBytes
  private let anonymousCookie: FixedBytes

  /// More bytes than the proxy adds to any head.
  private static let additions = 4_096

  init(_ settings: ProxySettings) {
    let headers = settings.headers
    requestFields = FieldTable(capacity: settings.limits.headerFields)
    responseFields = FieldTable(capacity: settings.limits.headerFields)
    text = ByteWriter(capacity: settings.limits.headBytes + Self.additions)
    self.settings = headers
    let name = headers.viaName ?? Self.defaultViaName
    var constant = headers.sendsVia ? "Via: 1.1 \(name)\r\n" : ""
    if headers.forwarded == .replace { constant += "X-Forwarded-Proto: http\r\n" }
    routing = RoutingHeaders(
      flagNames: settings.flagNames, constant: constant, addsToResponses: headers.onResponses)
    viaName = FixedBytes(name)
    anonymousCookie = FixedBytes(settings.userKey.anonymousCookie)
  }

  /// Tells this process from every other one, so that a chain of proxies is no loop.
  private static let defaultViaName = "turnout-" + String(UInt32.random(in: 0x1000_0000...0xFFFF_FFFF), radix: 16)
}

// MARK: Requests

/// Where the ids stand under which a request goes on: in the client's head, or in the new one where the client has none that
/// can be used. One of each pair is empty.
struct RequestIDs {
  var clientRequest = ByteRange.empty
  var clientTrace = ByteRange.empty
  var newRequest = ByteRange.empty
  var newTrace = ByteRange.empty
}

extension HeadWriter {
  /// Writes the head for the server: what the client sent, less what is not for the server, plus what the proxy says.
  mutating func writeRequest(
    _ head: RequestHead, of client: inout ClientConnection, _ cohorts: borrowing Slab<CohortState>,
    _ servers: borrowing Slab<Server>
  ) -> RequestIDs {
    let bytes = client.input.received
    let cohort = client.exchange.cohort
    let state = Int(cohort.rawValue)
    var claims = dropUntrusted(bytes, head)
    text.removeAll()
    text.append(bytes.extracting(head.methodText))
    text.append(ASCII.space)
    if !head.isAsterisk { text.append(cohorts[state].pathPrefix) }
    text.appendTarget(of: head, in: bytes)
    text.append(" HTTP/1.1\r\n")
    if head.isAbsoluteForm || !head.hasHostField {
      text.append("Host: ")
      if head.host.isEmpty {
        text.append(servers[cohorts[state].firstServer].authority)
      } else {
        text.append(bytes.extracting(head.host))
      }
      text.append("\r\n")
    }
    text.appendKeptFields(requestFields, of: bytes)
    text.append(framing: head.framing)
    if head.acceptsTrailers { text.append("TE: trailers\r\nConnection: TE\r\n") }
    if let left = head.maxForwards {
      text.append("Max-Forwards: ")
      text.append(decimal: left &- 1)
      text.append("\r\n")
    }
    appendForwarded(client.peer, head, bytes, claims)
    appendIDs(&claims.ids)
    routing.appendRequestLines(group: client.exchange.group, cohort: cohort, to: &text)
    text.append("\r\n")
    return claims.ids
  }

  /// What the proxy has to say because no trusted field of the client says it.
  private struct Claims {
    var needsProto = true
    var needsHost = true
    var ids = RequestIDs()
  }

  /// Drops the client's copies of what only the proxy says.
  private mutating func dropUntrusted(_ bytes: RawSpan, _ head: RequestHead) -> Claims {
    let trustsForwarded = settings.forwarded == .append
    var claims = Claims(needsProto: trustsForwarded)
    for number in 0..<requestFields.count where !requestFields[number].isDropped {
      switch requestFields[number].id {
      case .turnoutCohort, .turnoutFlag, .turnoutGeneration, .turnoutCreated, .turnoutContextError:
        requestFields[number].isDropped = true
      case .maxForwards:
        if head.maxForwards != nil { requestFields[number].isDropped = true }
      case .forwardedFor:
        // A trusted line stays and ours follows: lines of one name are one list, in order (RFC 9110 5.3).
        if !trustsForwarded { requestFields[number].isDropped = true }
      case .forwardedProto:
        if trustsForwarded { claims.needsProto = false } else { requestFields[number].isDropped = true }
      case .forwardedHost:
        if trustsForwarded { claims.needsHost = false } else { requestFields[number].isDropped = true }
      case .requestID:
        if claims.ids.clientRequest.isEmpty, Self.isUsableID(bytes.extracting(requestFields[number].value)) {
          claims.ids.clientRequest = requestFields[number].value
        } else {
          requestFields[number].isDropped = true
        }
      default: continue
      }
    }
    claims.ids.clientTrace = claimTrace(bytes)
    return claims
  }

  /// The id of the trace that the client's traceparent names, if the request can join it. Else a new trace is begun, and
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
    guard settings.startsTraces else { return .empty }
    requestFields.drop(.traceparent)
    requestFields.drop(.tracestate)
    return .empty
  }

  /// The client's ids, for the log of a request that goes to no server.
  mutating func clientIDs(_ head: RequestHead, _ input: inout StreamBuffer) -> RequestIDs {
    dropUntrusted(input.received, head).ids
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

  private mutating func appendForwarded(_ peer: PeerAddress, _ head: RequestHead, _ bytes: RawSpan, _ claims: Claims) {
    text.append("X-Forwarded-For: ")
    text.append(peer.bytes)
    text.append("\r\n")
    if claims.needsProto { text.append("X-Forwarded-Proto: http\r\n") }
    if claims.needsHost, !head.host.isEmpty {
      text.append("X-Forwarded-Host: ")
      text.append(bytes.extracting(head.host))
      text.append("\r\n")
    }
  }

  /// New ids where the client has none that can be used.
  private mutating func appendIDs(_ ids: inout RequestIDs) {
    if ids.clientRequest.isEmpty {
      text.append("X-Request-Id: ")
      ids.newRequest = appendID()
      text.append("\r\n")
    }
    if ids.clientTrace.isEmpty, settings.startsTraces {
      text.append("traceparent: 00-")
      ids.newTrace = appendID()
      text.append("-")
      text.append(hexadecimal: random.next() | 1)
      text.append("-01\r\n")
    }
  }

  /// 16 random bytes, which are not all zero.
  private mutating func appendID() -> ByteRange {
    let start = text.count
    let high = random.next()
    text.append(hexadecimal: high)
    text.append(hexadecimal: high == 0 ? random.next() | 1 : random.next())
    return ByteRange(from: start, to: text.count)
  }

  /// Whether a Via line of the request names this proxy.
  func hasLoop(_ input: inout StreamBuffer) -> Bool {
    let bytes = input.received
    for number in 0..<requestFields.count where requestFields[number].id == .via {
      if Via.contains(viaName.bytes, in: bytes.extracting(requestFields[number].value)) { return true }
    }
    return false
  }
}

// MARK: Responses

extension HeadWriter {
  /// Writes an interim response (1xx) of the upstream for the client.
  mutating func writeInformational(_ head: ResponseHead, from output: inout StreamBuffer) {
    let bytes = output.received
    appendStatusLine(head, bytes)
    dropForged()
    text.appendKeptFields(responseFields, of: bytes)
    text.append("\r\n")
  }

  /// Writes the final response of the upstream for the client; `isOld` where that speaks HTTP/1.0.
  mutating func writeResponse(_ head: ResponseHead, for client: inout ClientConnection, isOld: Bool) {
    let bytes = client.output.received
    appendStatusLine(head, bytes)
    dropForged()
    text.appendKeptFields(responseFields, of: bytes)
    if head.framing != .chunked || !isOld { text.append(framing: head.framing) }
    if !head.hasDate { appendDate() }
    appendRouting(client.exchange)
    appendConnection(client.exchange)
    text.append("\r\n")
  }

  /// Writes a response of our own, with its body unless the request is HEAD. Returns the length of its head.
  mutating func writeLocalResponse(_ response: LocalResponse, for exchange: Exchange) -> Int {
    let (phrase, explanation) = (reasonPhrase(of: response.status), response.explanation)
    text.removeAll()
    text.append("HTTP/1.1 ")
    text.append(decimal: UInt64(response.status))
    text.append(ASCII.space)
    text.append(phrase)
    text.append("\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\nContent-Length: ")
    text.append(decimal: UInt64(4 + phrase.utf8CodeUnitCount + 2 + explanation.utf8CodeUnitCount + 1))
    text.append("\r\n")
    appendDate()
    if exchange.isDecided { appendRouting(exchange) }
    appendConnection(exchange)
    text.append("\r\n")
    let length = text.count
    if exchange.method == .head { return length }
    text.append(decimal: UInt64(response.status))
    text.append(ASCII.space)
    text.append(phrase)
    text.append(": ")
    text.append(explanation)
    text.append("\n")
    return length
  }

  /// What the upstream says to the proxy alone.
  func readSignals(_ output: inout StreamBuffer) -> UpstreamSignals {
    let bytes = output.received
    var signals: UpstreamSignals = []
    for number in 0..<responseFields.count {
      let id = responseFields[number].id
      guard id == .turnoutCreated || id == .turnoutContextError,
        bytes.extracting(responseFields[number].value).equals("1")
      else { continue }
      signals.insert(id == .turnoutCreated ? .created : .contextError)
    }
    return signals
  }

  private mutating func appendStatusLine(_ head: ResponseHead, _ bytes: RawSpan) {
    text.removeAll()
    text.append("HTTP/1.1 ")
    text.append(decimal: UInt64(clamping: head.status))
    text.append(ASCII.space)
    text.append(bytes.extracting(head.reason))
    text.append("\r\n")
  }

  /// Only the proxy says which cohort responded.
  private mutating func dropForged() {
    for number in 0..<responseFields.count {
      switch responseFields[number].id {
      case .turnoutCohort, .turnoutFlag, .turnoutGeneration, .turnoutCreated, .turnoutContextError:
        responseFields[number].isDropped = true
      default: continue
      }
    }
  }

  private mutating func appendDate() {
    text.append("Date: ")
    text.append(date)
    text.append("\r\n")
  }

  private mutating func appendRouting(_ exchange: Exchange) {
    routing.appendResponseLines(cohort: exchange.cohort, generation: exchange.generation, to: &text)
    guard exchange.anonymousID != (0, 0) else { return }
    // For one year, out of reach of scripts, sent along when a user follows a link to the site.
    text.append("Set-Cookie: ")
    text.append(anonymousCookie)
    text.append("=")
    text.append(hexadecimal: exchange.anonymousID.high)
    text.append(hexadecimal: exchange.anonymousID.low)
    text.append("; Max-Age=31536000; Path=/; HttpOnly; SameSite=Lax\r\n")
  }

  /// A 1.1 connection goes on unless said otherwise, a 1.0 connection ends unless said otherwise (RFC 9112 9.3).
  private mutating func appendConnection(_ exchange: Exchange) {
    if exchange.clientPlan != .keep {
      text.append("Connection: close\r\n")
    } else if exchange.clientMinorVersion == 0 {
      text.append("Connection: keep-alive\r\n")
    }
  }
}

extension ByteWriter {
  /// The one field that says how long the body is; none for a message without one.
  fileprivate mutating func append(framing: BodyFraming) {
    switch framing {
    case .none, .untilClose: return
    case .chunked: append("Transfer-Encoding: chunked\r\n")
    case .length(let length):
      append("Content-Length: ")
      append(decimal: length)
      append("\r\n")
    }
  }

  fileprivate mutating func append(_ date: borrowing HTTPDate) { append(date.bytes) }
}
