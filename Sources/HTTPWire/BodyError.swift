/// Why a body cannot be forwarded to its end. What was forwarded before stays without a clean end: the receiver sees
/// the connection close or the chunks stop.
public enum BodyError: UInt8, Error, Equatable, Sendable, CaseIterable {
  case tooLarge, endedEarly
  case invalidChunkSize, chunkSizeTooLarge, invalidChunkExtension, chunkExtensionTooLong, missingChunkEnd
  case invalidTrailer, trailersTooLong

  /// The status of the response when it was a request's body.
  public var status: Int { self == .tooLarge ? 413 : 400 }

  /// The reason as the value of a metric label.
  public var label: StaticString {
    switch self {
    case .tooLarge: "body_too_large"
    case .endedEarly: "body_ended_early"
    case .invalidChunkSize: "invalid_chunk_size"
    case .chunkSizeTooLarge: "chunk_size_too_large"
    case .invalidChunkExtension: "invalid_chunk_extension"
    case .chunkExtensionTooLong: "chunk_extension_too_long"
    case .missingChunkEnd: "missing_chunk_end"
    case .invalidTrailer: "invalid_trailer"
    case .trailersTooLong: "trailers_too_long"
    }
  }

  /// The reason as a sentence for the body of the response or the log.
  public var explanation: StaticString {
    switch self {
    case .tooLarge: "The body is larger than allowed here."
    case .endedEarly: "The connection was closed before the body was complete."
    case .invalidChunkSize: "A chunk size is not a hexadecimal number at the end of its line."
    case .chunkSizeTooLarge: "A chunk size has more than 16 digits or 63 bits."
    case .invalidChunkExtension: "A chunk extension holds a control character."
    case .chunkExtensionTooLong: "A chunk extension is too long."
    case .missingChunkEnd: "A chunk is not followed by CR and LF."
    case .invalidTrailer: "A trailer line is not a valid header field."
    case .trailersTooLong: "The trailer section is too long."
    }
  }
}
