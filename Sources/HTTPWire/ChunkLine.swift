internal import Bytes

/// The line in front of a chunk: hexadecimal size, ignored extensions, CRLF (RFC 9112 7.1).
///
///     0 0 1 F ; n a m e = v a l u e CR LF
///     |   |   |                     |
///     |   significantStart          extensionEnd
///     0       digitsEnd
struct ChunkLine: Equatable {
  /// At most 2^63 - 1.
  var size: UInt64
  /// Behind the leading zeros; a size of zero keeps one.
  var significantStart: Int
  var digitsEnd: Int
  var extensionEnd: Int
  var end: Int { extensionEnd &+ 2 }
}

enum ChunkLimits {
  /// As many as 64 bits have; leading zeros count.
  static let digits = 16
  /// The limit of extensions on one line: nobody acts on them, and a megabyte of them in front of each byte is an attack.
  static let extensionBytes = 256
}

/// Reads the chunk line at the start of `bytes`. Nil: it is incomplete and so far without fault.
func readChunkLine(_ bytes: RawSpan) throws(BodyError) -> ChunkLine? {
  var line = ChunkLine(size: 0, significantStart: 0, digitsEnd: 0, extensionEnd: 0)
  while line.digitsEnd < bytes.byteCount, let digit = ASCII.hexValue(bytes[line.digitsEnd]) {
    guard line.digitsEnd < ChunkLimits.digits, line.size &>> 59 == 0 else { throw .chunkSizeTooLarge }
    if line.size == 0 { line.significantStart = line.digitsEnd }
    line.size = line.size &<< 4 | UInt64(digit)
    line.digitsEnd &+= 1
  }
  guard line.digitsEnd < bytes.byteCount else { return nil }
  guard line.digitsEnd > 0 else { throw .invalidChunkSize }
  line.extensionEnd = line.digitsEnd
  switch bytes.stop(at: line.digitsEnd) {
  case .lineEnd: return line
  case .pending: return nil
  case .visible: return try readExtension(bytes, line)
  default: throw .invalidChunkSize
  }
}

/// White space in front of the first ";" belongs to the grammar (RFC 9112 7.1.1, BWS).
private func readExtension(_ bytes: RawSpan, _ line: ChunkLine) throws(BodyError) -> ChunkLine? {
  let bound = line.digitsEnd &+ ChunkLimits.extensionBytes &+ 1
  let window = bytes.extracting(from: 0, to: bound)
  var mark = line.digitsEnd
  while mark < window.byteCount, ASCII.isWhitespace(bytes[mark]) { mark &+= 1 }
  if mark < window.byteCount, bytes[mark] != ASCII.semicolon { throw .invalidChunkSize }
  var line = line
  line.extensionEnd = window.endOfText(from: mark)
  guard line.extensionEnd < bound else { throw .chunkExtensionTooLong }
  switch bytes.stop(at: line.extensionEnd) {
  case .lineEnd: return line
  case .pending: return nil
  default: throw .invalidChunkExtension
  }
}
