internal import Bytes
internal import Flags
internal import HTTPWire
internal import Reactor

// What the access log is told of a request: some of it when its head is there, the rest when it has ended. Each of these
// costs one comparison while the log is off.
extension Worker {
  /// A request whose head is whole.
  mutating func noteHead(_ index: Int, _ head: RequestHead) {
    guard accessTap.isOn else { return }
    let note = accessTap.begin(index)
    let bytes = clients[index].input
    note.record.minorVersion = head.minorVersion
    note.record.method = note.append(bytes.received.extracting(head.methodText), atMost: AccessRecord.longestMethod)
    note.record.target = note.append(bytes.received.extracting(head.target), atMost: AccessRecord.longestTarget)
    note.record.targetLength = head.target.length
    guard accessTap.takesAgents else { return }
    for number in 0..<requestFields.count {
      let name = bytes.received.extracting(requestFields[number].name)
      if name.byteCount == 7, name.equalsIgnoringCase("referer") {
        note.record.referer = take(number, note, bytes.received, instead: note.record.referer)
      } else if name.byteCount == 10, name.equalsIgnoringCase("user-agent") {
        note.record.agent = take(number, note, bytes.received, instead: note.record.agent)
      }
    }
  }

  /// The first field of a name counts.
  private func take(
    _ number: Int, _ note: AccessNote, _ bytes: RawSpan, instead known: AccessRecord.Part
  ) -> AccessRecord.Part {
    guard known.count == 0 else { return known }
    return note.append(bytes.extracting(requestFields[number].value), atMost: AccessRecord.longestField)
  }

  /// A request whose head broke a rule, or did not come whole: its first line, as far as it came.
  mutating func noteMalformed(_ index: Int) {
    clients[index].exchange.begunAt = now
    if clients[index].headBegunAt > 0 { clients[index].exchange.headNanoseconds = now &- clients[index].headBegunAt }
    guard accessTap.isOn else { return }
    let note = accessTap.begin(index)
    let bytes = clients[index].input
    var end = 0
    while end < bytes.receivedCount, !Self.endsLine(bytes.received[end]) { end &+= 1 }
    let line = bytes.received.extracting(from: 0, to: end)
    note.record.isMalformed = true
    note.record.target = note.append(line, atMost: AccessRecord.longestTarget)
    note.record.targetLength = UInt32(truncatingIfNeeded: end)
    note.record.bytesIn = UInt64(truncatingIfNeeded: bytes.receivedCount)
  }

  private static func endsLine(_ byte: UInt8) -> Bool { byte == ASCII.carriageReturn || byte == ASCII.lineFeed }

  /// Whose request it is.
  func noteUser(_ index: Int, _ user: RawSpan, bucket: Int32) {
    guard accessTap.isOn, let note = accessTap.note(of: index) else { return }
    note.record.bucket = bucket
    guard accessTap.takesUsers else { return }
    note.record.user = note.append(user, atMost: AccessRecord.longestUser)
  }

  /// Under what id it goes on to the upstream.
  func noteRequestID(_ index: Int, _ id: RawSpan) {
    guard id.byteCount > 0, let note = accessTap.note(of: index) else { return }
    note.record.requestID = note.append(id, atMost: AccessRecord.longestID)
  }

  /// Which trace it belongs to.
  func noteTraceID(_ index: Int, _ id: RawSpan) {
    guard id.byteCount > 0, let note = accessTap.note(of: index) else { return }
    note.record.traceID = note.append(id, atMost: TraceParent.traceID.count)
  }

  /// The exchange has ended: its line goes to the log, once. A success may be left out.
  mutating func noteEnd(_ index: Int) {
    guard accessTap.isOn, let note = accessTap.note(of: index) else { return }
    let exchange = clients[index].exchange
    let isSuccess = exchange.termination == .completed && exchange.status < 400
    guard !isSuccess || !accessTap.isSampling || accessTap.keeps(random.next()) else {
      return accessTap.end(index, isLogged: false)
    }
    note.record.isSampled = isSuccess && accessTap.isSampling
    note.record.fill(exchange, now: now, flagCount: deciders.capacity)
    let peer = clients[index].peer
    note.record.client = note.append(peer.bytes, atMost: AccessRecord.longestClient)
    accessTap.end(index, isLogged: true)
  }
}

extension AccessRecord {
  @inline(__always)
  fileprivate mutating func fill(_ exchange: Exchange, now: UInt64, flagCount: Int) {
    begunAt = exchange.begunAt
    head = exchange.headNanoseconds
    queue = exchange.queueNanoseconds
    connect = exchange.connectNanoseconds
    if exchange.firstByteAt > 0 { firstByte = max(1, exchange.firstByteAt &- exchange.begunAt) }
    total = now &- exchange.begunAt
    bytesIn &+= UInt64(exchange.requestHeadBytes) &+ exchange.request.byteCount
    bytesOut = exchange.bytesToClient
    answerHeadBytes = exchange.answerHeadBytes
    status = exchange.status
    ownAnswer = exchange.ownAnswer
    server = exchange.server
    termination = exchange.termination.rawValue
    attempts = exchange.attempts
    retries = exchange.retries
    guard exchange.isDecided else { return }
    generation = exchange.generation
    cohort = exchange.cohort.rawValue
    flag = exchange.group < flagCount ? Int16(truncatingIfNeeded: exchange.group) : -1
    if let reason = exchange.reason { self.reason = reason.rawValue }
  }
}
