public import Bytes

/// Finds the end of a body and cleans its framing while it passes: what may be sent moves from received to ready of the
/// buffer in place, what must not be sent is cut out.
///
///     length      ----------------------------------------> complete
///     untilClose  ----------------------------------------> complete, by inputEnded
///     chunked     chunk line -> data -> CRLF -> chunk line
///                 chunk line of size 0 -> trailer lines -> empty line -> complete
///
/// Canonical framing passes without a byte being moved. An incomplete line stays in received; every line has a bound
/// (a chunk line 274 bytes, a trailer line 2,048), so that a buffer with 2 KiB for it always gets on or fails. Bytes
/// behind the end stay in received. After an error the decoder must not be used again.
public struct BodyDecoder: Sendable {
  private enum State: UInt8 {
    case length, untilClose, chunkLine, chunkData, chunkEnd, trailers, oversized, complete
  }

  /// Body bytes so far, without framing.
  public private(set) var byteCount: UInt64 = 0
  /// What is still to come of the announced length or of the chunk.
  private var remaining: UInt64 = 0
  /// 0: none.
  private let limit: UInt64
  private var trailerBytesLeft: UInt32
  private var state: State
  private let keepsChunkFraming: Bool
  private let dropsTrailers: Bool

  /// A trailer line, its CRLF included.
  public static let maximumTrailerLine = 2_048

  public var isComplete: Bool { @inline(__always) get { state == .complete } }

  /// - Parameters:
  ///   - keepsChunkFraming: whether the receiver is sent chunks; false for one that speaks 1.0, which gets the data alone.
  ///   - limit: the largest body in bytes, 0 for none.
  ///   - trailerLimit: bytes of all trailer lines together.
  ///   - dropsTrailers: whether no trailer field is forwarded, as when the head's Connection nominates fields.
  public init(
    framing: BodyFraming, keepsChunkFraming: Bool, limit: UInt64, trailerLimit: Int, dropsTrailers: Bool = false
  ) {
    self.keepsChunkFraming = keepsChunkFraming
    self.dropsTrailers = dropsTrailers || !keepsChunkFraming
    self.limit = limit
    trailerBytesLeft = UInt32(clamping: trailerLimit)
    switch framing {
    case .none: state = .complete
    case .length(let count):
      remaining = count
      state = count == 0 ? .complete : limit > 0 && count > limit ? .oversized : .length
    case .chunked: state = .chunkLine
    case .untilClose: state = .untilClose
    }
  }

  /// Moves all body bytes that can be judged from received to ready.
  public mutating func process(_ buffer: inout StreamBuffer) throws(BodyError) {
    if state == .oversized { throw .tooLarge }
    while state != .complete, buffer.receivedCount > 0 {
      guard try step(&buffer) else { return }
    }
  }

  /// The peer closed: an error unless that is how the body ends, or it has ended before.
  public mutating func inputEnded() throws(BodyError) {
    guard state == .complete || state == .untilClose else { throw .endedEarly }
    state = .complete
  }

  /// False: more bytes are needed.
  @inline(__always)
  private mutating func step(_ buffer: inout StreamBuffer) throws(BodyError) -> Bool {
    switch state {
    case .length, .chunkData:
      passData(&buffer)
      return true
    case .untilClose:
      try count(UInt64(buffer.receivedCount))
      buffer.passThrough(buffer.receivedCount)
      return true
    case .chunkLine: return try processChunkLine(&buffer)
    case .chunkEnd: return try processChunkEnd(&buffer)
    case .trailers: return try processTrailer(&buffer)
    case .oversized, .complete: return false
    }
  }

  @inline(__always)
  private mutating func passData(_ buffer: inout StreamBuffer) {
    let passed = min(remaining, UInt64(buffer.receivedCount))
    buffer.passThrough(Int(passed))
    remaining &-= passed
    byteCount &+= passed
    guard remaining == 0 else { return }
    state = state == .chunkData ? .chunkEnd : .complete
  }

  /// Adds to the bytes that were counted, unless they get too many.
  private mutating func count(_ added: UInt64) throws(BodyError) {
    try check(added)
    byteCount &+= added
  }

  private func check(_ added: UInt64) throws(BodyError) {
    let (sum, isOverflown) = byteCount.addingReportingOverflow(added)
    guard !isOverflown, limit == 0 || sum <= limit else { throw .tooLarge }
  }

  /// A chunk that would exceed the limit is refused at its line, before any of it is forwarded.
  private mutating func processChunkLine(_ buffer: inout StreamBuffer) throws(BodyError) -> Bool {
    guard let line = try readChunkLine(buffer.received) else { return false }
    try check(line.size)
    if !keepsChunkFraming {
      buffer.skip(line.end)
    } else {
      buffer.skip(line.significantStart)
      buffer.passThrough(line.digitsEnd &- line.significantStart)
      buffer.skip(line.extensionEnd &- line.digitsEnd)
      buffer.passThrough(2)
    }
    remaining = line.size
    state = line.size == 0 ? .trailers : .chunkData
    return true
  }

  private mutating func processChunkEnd(_ buffer: inout StreamBuffer) throws(BodyError) -> Bool {
    switch buffer.received.stop(at: 0) {
    case .pending: return false
    case .lineEnd: break
    default: throw .missingChunkEnd
    }
    passFraming(2, &buffer)
    state = .chunkLine
    return true
  }

  @inline(__always)
  private func passFraming(_ count: Int, _ buffer: inout StreamBuffer) {
    if keepsChunkFraming { buffer.passThrough(count) } else { buffer.skip(count) }
  }

  private mutating func processTrailer(_ buffer: inout StreamBuffer) throws(BodyError) -> Bool {
    switch buffer.received.stop(at: 0) {
    case .pending: return false
    case .lineEnd:
      passFraming(2, &buffer)
      state = .complete
      return true
    default: break
    }
    guard let (length, isKept) = try readTrailer(buffer.received) else { return false }
    trailerBytesLeft &-= UInt32(clamping: length)
    if isKept { buffer.passThrough(length) } else { buffer.skip(length) }
    return true
  }

  /// The length of the trailer line at the start of `received` and whether it is forwarded.
  private func readTrailer(_ received: RawSpan) throws(BodyError) -> (Int, Bool)? {
    let bound = min(Int(trailerBytesLeft), Self.maximumTrailerLine)
    var aliasCount = 0
    let line: Field?
    do throws(FieldFault) {
      line = try readField(received.extracting(from: 0, to: bound), from: 0, aliasCount: &aliasCount)
    } catch {
      throw .invalidTrailer
    }
    guard let line else {
      guard received.byteCount < bound else { throw .trailersTooLong }
      return nil
    }
    return (line.line.end, !dropsTrailers && isForwardedTrailer(received, line))
  }
}
