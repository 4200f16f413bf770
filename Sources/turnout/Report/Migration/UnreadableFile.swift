import Conversations
import FoundationEssentials
import Glibc
import Synchronization

/// The contexts that were left as they are, one JSON object on each line. There is no file before there is a line.
final class UnreadableFile: Sendable {
  let path: String

  private struct State {
    var descriptor: Int32 = -1
    var fault: String?
  }

  private let state = Mutex(State())

  /// - Parameter path: nil: one of this moment in the working folder.
  init(_ path: String?, of command: String = "migrate") {
    self.path = path ?? "turnout-\(command)-report-\(Self.moment).jsonl"
  }

  var isThere: Bool { state.withLock { $0.descriptor >= 0 } }

  /// Why lines are missing in it; nil: it is whole.
  var fault: String? { state.withLock { $0.fault } }

  func add(_ context: UnreadableContext) { add(line: UnreadableLine(context).json) }

  /// - Parameter line: a JSON object, without the end of the line.
  func add(line: String) {
    let line = line + "\n"
    state.withLock { state in
      if state.descriptor < 0, state.fault == nil {
        state.descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        if state.descriptor < 0 { state.fault = "\(path): \(unsafe String(cString: strerror(errno)))" }
      }
      if state.descriptor >= 0, state.fault == nil, !Console.write(line, to: state.descriptor) {
        state.fault = "\(path): \(unsafe String(cString: strerror(errno)))"
      }
    }
  }

  /// `20260301T093000Z`
  private static var moment: String {
    Date().formatted(.iso8601).filter { !"-:".contains($0) }
  }
}

/// What is told of a context that was left as it is.
struct UnreadableLine: Encodable {
  var key: String
  /// The bytes of a key that is no UTF-8, in hexadecimal.
  var keyHex: String?
  var reason: String

  init(_ context: UnreadableContext) {
    key = String(decoding: context.key, as: UTF8.self)
    if String(validating: context.key, as: UTF8.self) == nil {
      keyHex = context.key.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
    reason = context.reason
  }

  enum CodingKeys: String, CodingKey {
    case key, reason
    case keyHex = "key_hex"
  }

  var json: String { JSONOutput.line(self) }
}
