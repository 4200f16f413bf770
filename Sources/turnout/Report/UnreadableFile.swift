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

/// What would be written of one context, on one line: values are texts, so that their bytes can be told.
struct PreviewLine: Encodable {
  struct Entry: Encodable {
    var key: String
    var value: String
    var ttlMilliseconds: Int

    enum CodingKeys: String, CodingKey {
      case key, value
      case ttlMilliseconds = "ttl_ms"
    }
  }

  struct Expiry: Encodable {
    var key: String
    var ttlMilliseconds: Int

    enum CodingKeys: String, CodingKey {
      case key
      case ttlMilliseconds = "ttl_ms"
    }
  }

  var action: String
  var role: ContextRole
  var user: String
  var conversation: String
  var set: [Entry]
  var expire: [Expiry]

  init(_ preview: MigrationPreview) {
    action = preview.isMerge ? "merge" : "create"
    role = preview.owner.role
    user = preview.owner.user
    conversation = preview.id.text
    set = preview.entries.map {
      Entry(key: $0.key, value: String(decoding: $0.value, as: UTF8.self), ttlMilliseconds: preview.lifetime)
    }
    expire = preview.legacyLifetime.map { [Expiry(key: preview.owner.legacyKey, ttlMilliseconds: $0)] } ?? []
  }
}

/// The same for one that would be left as it is.
struct LeftLine: Encodable {
  var action = "leave"
  var key: String
  var keyHex: String?
  var reason: String

  init(_ context: UnreadableContext) {
    let line = UnreadableLine(context)
    (key, keyHex, reason) = (line.key, line.keyHex, line.reason)
  }

  enum CodingKeys: String, CodingKey {
    case action, key, reason
    case keyHex = "key_hex"
  }
}

/// What would be written of one conversation, on one line.
struct ReverseLine: Encodable {
  struct Entry: Encodable {
    var key: String
    var value: String
    /// Nil: it goes on living as long as it did.
    var ttlMilliseconds: Int?

    enum CodingKeys: String, CodingKey {
      case key, value
      case ttlMilliseconds = "ttl_ms"
    }
  }

  var action: String
  var role: ContextRole
  var user: String
  var conversation: String
  var set: [Entry]

  init(_ write: ReverseWrite) {
    action = write.isNew ? "create" : "merge"
    role = write.owner.role
    user = write.owner.user
    conversation = write.id.text
    set = [
      Entry(
        key: write.legacyKey, value: String(decoding: write.legacy, as: UTF8.self),
        ttlMilliseconds: write.seconds * 1_000),
      Entry(key: write.metaKey, value: String(decoding: write.meta, as: UTF8.self)),
    ]
  }
}
