internal import Bytes
internal import HTTPWire

// Reads request heads and bodies.
extension Session {
  /// Nil when `next` has to look again.
  func read() -> Step? { phase == .head ? readHead() : readBody() }

  private func readHead() -> Step? {
    guard input.receivedCount > 0 else { return hasEnded || isStopping ? .end : receive(.idle) }
    let head: RequestHead?
    do throws(RequestHeadError) {
      head = try parseRequestHead(input.received, limits: headLimits, fields: &fields)
    } catch {
      refuse(error.status, error.explanation)
      return nil
    }
    if let head {
      begin(head)
      return nil
    }
    return hasEnded ? .end : receive(.head)
  }

  private var headLimits: HeadLimits {
    HeadLimits(headBytes: limits.headBytes, targetBytes: limits.targetBytes, fields: limits.headerFields)
  }

  private func begin(_ head: RequestHead) {
    request = Request(head, fields, of: input.received, peer: peer)
    context.minorVersion = head.minorVersion
    context.isHead = head.method == .head
    context.keepsAlive = head.keepsAlive && !isStopping
    decoder = BodyDecoder(
      framing: head.framing, keepsChunkFraming: false, limit: UInt64(clamping: limits.bodyBytes),
      trailerLimit: ServerLimits.trailerBytes)
    input.skip(head.length)
    phase = .body
    if head.expectsContinue, input.receivedCount == 0, isAcceptable(head.framing) {
      output.append(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
    }
  }

  /// Whether to invite a client that waits for `100 Continue` to send its body (RFC 9110 10.1.1).
  private func isAcceptable(_ framing: BodyFraming) -> Bool {
    switch framing {
    case .none, .untilClose: false
    case .length(let count): count > 0 && count <= UInt64(clamping: limits.bodyBytes)
    case .chunked: true
    }
  }

  private func readBody() -> Step? {
    do throws(BodyError) {
      try decoder.process(&input)
      takeBody()
      if !decoder.isComplete, hasEnded { try decoder.inputEnded() }
    } catch {
      refuse(error.status, error.explanation)
      return nil
    }
    guard decoder.isComplete else { return receive(.body) }
    guard let request else { return .end }
    self.request = nil
    phase = .handling
    return .handle(request)
  }

  private func takeBody() {
    guard input.readyCount > 0 else { return }
    request?.body += Self.copy(of: input.ready)
    input.dropReady()
  }

  private static func copy(of bytes: RawSpan) -> [UInt8] { unsafe bytes.withUnsafeBytes { unsafe Array($0) } }

  private func receive(_ timeout: ServerTimeout) -> Step {
    input.makeRoom(headroom: 0)
    return .receive(timeout)
  }
}
