import Bytes
import HTTPWire

/// What became of a body that was fed to a decoder in pieces.
struct Decoded: Equatable {
  var output: [UInt8] = []
  var leftOver: [UInt8] = []
  var byteCount: UInt64 = 0
  var isComplete = false
  var error: BodyError?

  var text: String { String(decoding: output, as: UTF8.self) }
}

/// How a body is decoded in a test; the defaults are those of a chunked body that stays chunked.
struct Decoding {
  var framing = BodyFraming.chunked
  var keepsChunkFraming = true
  var limit: UInt64 = 0
  var trailerLimit = 4_096
  var dropsTrailers = false
  /// Of the buffer, which is small so that it has to be compacted.
  var capacity = 4_096

  /// Feeds `input` in pieces whose lengths `nextLength` says, and sends what is ready after each.
  func run(_ input: [UInt8], closes: Bool = false, nextLength: () -> Int = { 1_024 }) -> Decoded {
    var buffer = StreamBuffer(capacity: capacity, headroom: 0)
    var decoder = decoder
    var decoded = Decoded()
    var rest = input[...]
    do throws(BodyError) {
      while !rest.isEmpty, !decoder.isComplete {
        if buffer.freeCount == 0 { buffer.compact(headroom: 0) }
        let piece = Array(rest.prefix(max(1, min(nextLength(), buffer.freeCount))))
        guard buffer.receive(piece.span.bytes) else { fatalError("no progress in a full buffer") }
        rest = rest.dropFirst(piece.count)
        try decoder.process(&buffer)
        decoded.output += array(buffer.ready)
        buffer.didSend(buffer.readyCount)
      }
      if closes { try decoder.inputEnded() }
    } catch {
      decoded.error = error
      decoded.output += array(buffer.ready)
    }
    decoded.leftOver = array(buffer.received) + rest
    decoded.isComplete = decoder.isComplete
    decoded.byteCount = decoder.byteCount
    return decoded
  }

  func run(_ text: String, closes: Bool = false) -> Decoded { run(Array(text.utf8), closes: closes) }

  var decoder: BodyDecoder {
    BodyDecoder(
      framing: framing, keepsChunkFraming: keepsChunkFraming, limit: limit, trailerLimit: trailerLimit,
      dropsTrailers: dropsTrailers)
  }
}
