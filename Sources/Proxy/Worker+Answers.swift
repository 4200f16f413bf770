internal import Bytes
internal import Flags
internal import HTTPWire
internal import Reactor
internal import Statistics

// Answer bytes on their way to the client.
extension Worker {
  /// Judges what came from the upstream, sends what is ready and reads more until one of the two sockets has to be
  /// waited for.
  mutating func pumpAnswer(_ index: Int) {
    var steps = 0
    while clients[index].phase == .exchanging {
      steps &+= 1
      if steps > Self.stepsPerTurn {
        postpone(index)
        break
      }
      let upstream = Int(clients[index].upstream)
      guard judgeAnswer(index) else { return }
      if clients[index].output.readyCount > 0 {
        guard sendToClient(index) else { break }
        continue
      }
      if clients[index].exchange.hasAnswerHead, clients[index].exchange.answer.isComplete {
        return finish(index, upstream)
      }
      guard receiveAnswer(index, upstream) else { break }
    }
    guard clients[index].phase == .exchanging else { return }
    if clients[index].output.isEmpty { buffers.release(&clients[index].output) }
    armExchange(index)
  }

  /// Moves what was received to the ready side: a head rewritten, body bytes checked. False when the exchange has ended.
  private mutating func judgeAnswer(_ index: Int) -> Bool {
    while clients[index].output.receivedCount > 0, !clients[index].exchange.hasAnswerHead {
      // A head before this one (1xx) has to leave first: its place is needed.
      if clients[index].output.readyCount > 0 { return true }
      guard let isComplete = judgeAnswerHead(index) else { return false }
      guard isComplete else { return true }
    }
    guard clients[index].exchange.hasAnswerHead, !clients[index].exchange.answer.isComplete else { return true }
    do {
      try clients[index].exchange.answer.process(&clients[index].output)
      return true
    } catch {
      lose(index, .badAnswer)
      return false
    }
  }

  /// True: a head was taken up; false: it is not complete yet; nil: the exchange has ended.
  private mutating func judgeAnswerHead(_ index: Int) -> Bool? {
    let head: ResponseHead?
    do {
      head = try parseResponseHead(
        clients[index].output.received, answering: clients[index].exchange.method, limits: headLimits,
        fields: &answerFields)
    } catch {
      lose(index, .badHead(error))
      return nil
    }
    guard let head else {
      clients[index].output.makeRoom(headroom: BufferPool.headroom)
      return false
    }
    let isInformational = head.status < 200
    guard isInformational ? takeInformational(index, head) : takeFinal(index, head) else {
      lose(index, .badAnswer)
      return nil
    }
    return true
  }

  /// A 1xx answer is passed on to a 1.1 client (RFC 9110 15.2). 101 was not asked for, so it is a fault.
  private mutating func takeInformational(_ index: Int, _ head: ResponseHead) -> Bool {
    clients[index].exchange.informationalCount &+= 1
    guard head.status != 101, clients[index].exchange.informationalCount <= Exchange.mostInformational else {
      return false
    }
    guard clients[index].exchange.clientMinorVersion > 0 else {
      clients[index].output.skip(head.length)
      return true
    }
    let output = clients[index].output
    scratch.removeAll()
    appendStatusLine(head, output.received)
    dropForgedFields()
    scratch.appendKeptFields(answerFields, of: output.received)
    scratch.append("\r\n")
    clients[index].exchange.answerHeadBytes &+= UInt32(truncatingIfNeeded: scratch.count)
    return clients[index].output.replaceHead(consumed: head.length, with: scratch.bytes)
  }

  private mutating func takeFinal(_ index: Int, _ head: ResponseHead) -> Bool {
    let isOld = clients[index].exchange.clientMinorVersion == 0
    let endsWithClose = head.framing == .untilClose || (head.framing == .chunked && isOld)
    if endsWithClose || isDraining { clients[index].exchange.keepsClient = false }
    clients[index].exchange.keepsUpstream = head.keepsAlive
    clients[index].exchange.status = Int16(truncatingIfNeeded: head.status)
    clients[index].exchange.firstByteAt = now
    clients[index].exchange.answer = BodyDecoder(
      framing: head.framing, keepsChunkFraming: !isOld, limit: 0, trailerLimit: limits.trailerBytes,
      dropsTrailers: head.nominatesFields)
    noteTold(index)
    rewriteAnswer(index, head, isOld: isOld)
    guard !scratch.isOverflown, clients[index].output.replaceHead(consumed: head.length, with: scratch.bytes) else {
      return false
    }
    clients[index].exchange.hasAnswerHead = true
    if head.status >= 500 {
      count(.error5xx, group: clients[index].exchange.group, cohort: clients[index].exchange.cohort)
    }
    return true
  }

  /// What the upstream says to us alone: that it created a conversation, that it could not load the user's context.
  private mutating func noteTold(_ index: Int) {
    let output = clients[index].output
    for number in 0..<answerFields.count {
      let id = answerFields[number].id
      guard id == .turnoutCreated || id == .turnoutContextError,
        output.received.extracting(answerFields[number].value).equals("1")
      else { continue }
      clients[index].exchange.told.insert(id == .turnoutCreated ? .created : .contextError)
    }
  }

  private mutating func rewriteAnswer(_ index: Int, _ head: ResponseHead, isOld: Bool) {
    let output = clients[index].output
    let exchange = clients[index].exchange
    scratch.removeAll()
    appendStatusLine(head, output.received)
    dropForgedFields()
    scratch.appendKeptFields(answerFields, of: output.received)
    if head.framing != .chunked || !isOld { scratch.append(framing: head.framing) }
    if !head.hasDate { appendDate() }
    stamps.appendAnswerLines(cohort: exchange.cohort, generation: exchange.generation, to: &scratch)
    if exchange.anonymousID != (0, 0) { appendAnonymousCookie(exchange.anonymousID) }
    appendConnection(exchange)
    scratch.append("\r\n")
    clients[index].exchange.answerHeadBytes &+= UInt32(truncatingIfNeeded: scratch.count)
  }

  private mutating func appendStatusLine(_ head: ResponseHead, _ bytes: RawSpan) {
    scratch.append("HTTP/1.1 ")
    scratch.append(decimal: UInt64(clamping: head.status))
    scratch.append(ASCII.space)
    scratch.append(bytes.extracting(head.reason))
    scratch.append("\r\n")
  }

  /// An upstream does not say which cohort it is: the proxy does.
  private mutating func dropForgedFields() {
    for number in 0..<answerFields.count {
      switch answerFields[number].id {
      case .turnoutCohort, .turnoutFlag, .turnoutGeneration, .turnoutCreated, .turnoutContextError:
        answerFields[number].isDropped = true
      default: continue
      }
    }
  }

  mutating func appendDate() {
    scratch.append("Date: ")
    scratch.append(date.bytes)
    scratch.append("\r\n")
  }

  /// One year, out of reach of scripts, sent along when a user follows a link to the site.
  mutating func appendAnonymousCookie(_ id: (high: UInt64, low: UInt64)) {
    scratch.append("Set-Cookie: ")
    scratch.append(anonymousCookie.bytes)
    scratch.append("=")
    scratch.append(hexadecimal: id.high)
    scratch.append(hexadecimal: id.low)
    scratch.append("; Max-Age=31536000; Path=/; HttpOnly; SameSite=Lax\r\n")
  }

  /// A 1.1 connection goes on unless said otherwise, a 1.0 connection ends unless said otherwise (RFC 9112 9.3).
  mutating func appendConnection(_ exchange: Exchange) {
    if !exchange.keepsClient {
      scratch.append("Connection: close\r\n")
    } else if exchange.clientMinorVersion == 0 {
      scratch.append("Connection: keep-alive\r\n")
    }
  }

  /// Sends what is ready. False when the client has to be waited for, or is gone.
  private mutating func sendToClient(_ index: Int) -> Bool {
    guard clients[index].mayWrite else { return false }
    let ready = clients[index].output.readyCount
    switch Socket.send(clients[index].descriptor, from: &clients[index].output) {
    case .moved(let count):
      clients[index].exchange.bytesToClient &+= UInt64(truncatingIfNeeded: count)
      if count < ready { clients[index].mayWrite = false }
      return true
    case .wouldBlock:
      clients[index].mayWrite = false
      return false
    case .ended, .failed:
      clientLost(index)
      return false
    }
  }

  /// Reads once from the upstream. False when it has to be waited for, or the exchange has ended.
  private mutating func receiveAnswer(_ index: Int, _ upstream: Int) -> Bool {
    guard upstreams[upstream].mayRead else { return false }
    guard buffers.attach(&clients[index].output) else { return false }
    clients[index].output.makeRoom(headroom: BufferPool.headroom)
    let room = clients[index].output.freeCount
    switch Socket.receive(upstreams[upstream].descriptor, into: &clients[index].output) {
    case .moved(let count):
      if count < room, !upstreams[upstream].hasEnded { upstreams[upstream].mayRead = false }
      clients[index].exchange.hasAnswerByte = true
      return true
    case .wouldBlock:
      upstreams[upstream].mayRead = false
      return false
    case .ended: return answerEnded(index)
    case .failed:
      lose(index, .closed)
      return false
    }
  }

  /// The upstream closed: the end of an answer that ends so, a fault otherwise.
  private mutating func answerEnded(_ index: Int) -> Bool {
    guard clients[index].exchange.hasAnswerHead else {
      lose(index, .closed)
      return false
    }
    do {
      try clients[index].exchange.answer.inputEnded()
      clients[index].exchange.keepsUpstream = false
      return true
    } catch {
      lose(index, .closed)
      return false
    }
  }

  /// Sends an answer of our own; when it is out, goes on with the connection.
  mutating func pumpOwnAnswer(_ index: Int) {
    while clients[index].phase == .answering, clients[index].output.readyCount > 0 {
      guard sendToClient(index) else { break }
    }
    guard clients[index].phase == .answering else { return }
    if clients[index].output.readyCount > 0 { return arm(index, .writeIdle) }
    record(index)
    goOn(index)
  }
}
