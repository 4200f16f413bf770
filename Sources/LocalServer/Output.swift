internal import Bytes

/// Bytes on their way to a client.
struct Output {
  private var bytes: [UInt8] = []
  private var sentCount = 0

  var isEmpty: Bool { sentCount == bytes.count }

  var unsentCount: Int { bytes.count - sentCount }

  mutating func append(_ added: [UInt8]) {
    if isEmpty {
      bytes = added
      sentCount = 0
    } else {
      bytes += added
    }
  }

  mutating func didSend(_ count: Int) { sentCount += min(max(count, 0), bytes.count - sentCount) }

  /// Hands what is not sent yet to `body`.
  func withUnsent<Result>(_ body: (RawSpan) -> Result) -> Result {
    unsafe body(bytes.span.bytes.extracting(from: sentCount, to: bytes.count))
  }
}
