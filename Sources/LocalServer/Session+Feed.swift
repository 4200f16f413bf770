// An answer that comes from a feed: after its head it goes on for as long as something is posted.
extension Session {
  /// False: the client is too slow for that.
  func post(_ bytes: [UInt8]) -> Bool {
    guard pendingBytes + bytes.count <= limits.feedBytes else { return false }
    add(Response.Piece(after: 0, context.minorVersion == 1 ? Response.chunk(bytes) : bytes))
    return true
  }

  /// Ends the answer behind what is posted already.
  func endFeed() {
    guard isFeeding else { return }
    isFeeding = false
    add(Response.Piece(after: 0, context.minorVersion == 1 ? Response.lastChunk : []))
  }

  private func add(_ piece: Response.Piece) {
    pieces.insert(piece, at: 0)
    if phase == .feeding { phase = .answering }
  }

  private var pendingBytes: Int { pieces.reduce(output.unsentCount) { $0 + $1.bytes.count } }
}
