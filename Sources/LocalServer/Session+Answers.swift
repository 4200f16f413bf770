// Answers: they are laid out in pieces, and each piece is sent when it is due.
extension Session {
  /// The handler's response to the request that `next` gave out.
  func answer(_ response: Response) {
    if response.needsClose(minorVersion: context.minorVersion) { context.keepsAlive = false }
    pieces = response.wirePieces(context).reversed()
    hasPaused = false
    if case .feed = response.body { isFeeding = !context.isHead && !isStopping }
    phase = .answering
  }

  /// Our own answer to what is no request; the connection ends with it, since where the next request would begin is not
  /// known.
  func refuse(_ status: Int, _ explanation: StaticString) {
    request = nil
    context = AnswerContext(date: context.date)
    answer(.refusal(status, explanation))
  }

  /// Nil: a piece is ready to be sent, or the answer is over.
  func continueAnswer() -> Step? {
    guard let piece = pieces.last else {
      phase = isFeeding ? .feeding : context.keepsAlive ? .head : .ended
      return nil
    }
    if piece.delayNanoseconds > 0, !hasPaused {
      hasPaused = true
      return .pause(nanoseconds: piece.delayNanoseconds)
    }
    hasPaused = false
    pieces.removeLast()
    output.append(piece.bytes)
    return nil
  }
}
