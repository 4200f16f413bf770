import Conversations
import FoundationEssentials
import Glibc
import Synchronization

/// The file that lists the contexts that were left unchanged, one JSON object on each line. It is created with its first
/// line.
final class UnreadableFile: Sendable {
  let path: String

  private struct State {
    var descriptor: Int32 = -1
    var error: String?
  }

  private let state = Mutex(State())

  /// - Parameter path: nil for `turnout-COMMAND-report-TIME.jsonl` in the working folder.
  init(_ path: String?, of command: String = "migrate") {
    let time = Date().formatted(.iso8601).filter { !"-:".contains($0) }
    self.path = path ?? "turnout-\(command)-report-\(time).jsonl"
  }

  /// The path, if there is such a file.
  var createdPath: String? { state.withLock { $0.descriptor >= 0 } ? path : nil }

  /// Why lines are missing; nil if the list is complete.
  var error: String? { state.withLock { $0.error } }

  func add(_ context: UnreadableContext) { add(line: JSONOutput.line(UnreadableLine(context))) }

  /// - Parameter line: a JSON object, without a line feed.
  func add(line: String) {
    state.withLock { state in
      if state.descriptor < 0, state.error == nil {
        state.descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        if state.descriptor < 0 { state.error = "\(path): \(unsafe String(cString: strerror(errno)))" }
      }
      if state.descriptor >= 0, state.error == nil, !Console.write(line + "\n", to: state.descriptor) {
        state.error = "\(path): \(unsafe String(cString: strerror(errno)))"
      }
    }
  }
}

/// A context that was left unchanged, or in a dry run would be.
struct UnreadableLine: Encodable {
  /// `leave` in a dry run, where other lines have other actions.
  var action: String?
  var key: String
  /// In hexadecimal, for a key that is not UTF-8.
  var keyHex: String?
  var reason: String

  init(_ context: UnreadableContext, action: String? = nil) {
    self.action = action
    key = String(decoding: context.key, as: UTF8.self)
    if String(validating: context.key, as: UTF8.self) == nil {
      keyHex = context.key.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
    reason = context.reason
  }

  enum CodingKeys: String, CodingKey {
    case action, key, reason
    case keyHex = "key_hex"
  }
}

/// What a dry run would write for one context. Values are text, so that their bytes can be compared.
struct PlannedWriteLine: Encodable {
  struct Entry: Encodable {
    var key: String
    /// `nil` means only the expiry is set.
    var value: String?
    /// `nil` means the key keeps its expiry.
    var ttlMilliseconds: Int?

    enum CodingKeys: String, CodingKey {
      case key, value
      case ttlMilliseconds = "ttl_ms"
    }
  }

  /// `create`, `merge` or `erase`.
  var action: String
  var role: ContextRole
  var user: String
  /// `nil` with a layout, where a user may have several.
  var conversation: String?
  var set: [Entry]
  /// Nil in the reverse direction, which changes no expiry of another key.
  var expire: [Entry]?
  /// The keys that would be removed; nil where there are none.
  var delete: [String]?

  /// What a run with a layout would do for one user.
  init(_ event: ContextTransfer.Event) {
    switch event.outcome {
    case .erased: action = "erase"
    case .written(isNew: false, _): action = "merge"
    default: action = "create"
    }
    (role, user) = (event.owner.role, event.owner.user)
    let writes = event.writes.map { (key: String(decoding: $0.key, as: UTF8.self), value: $0.text, life: $0.life) }
    set = writes.filter { $0.value != nil }.map { Entry(key: $0.key, value: $0.value, ttlMilliseconds: $0.life) }
    let removed = writes.filter { $0.value == nil }.map(\.key)
    delete = removed.isEmpty ? nil : removed
  }

  init(_ preview: MigrationPreview) {
    action = preview.isMerge ? "merge" : "create"
    (role, user) = (preview.owner.role, preview.owner.user)
    conversation = preview.id.text
    set = preview.entries.map {
      Entry(key: $0.key, value: String(decoding: $0.value, as: UTF8.self), ttlMilliseconds: preview.lifetime)
    }
    expire = preview.legacyLifetime.map { [Entry(key: preview.owner.legacyKey, ttlMilliseconds: $0)] } ?? []
  }

  init(_ write: ReverseWrite) {
    action = write.isNew ? "create" : "merge"
    (role, user) = (write.owner.role, write.owner.user)
    conversation = write.id.text
    set = [
      Entry(
        key: write.legacyKey, value: String(decoding: write.legacy, as: UTF8.self),
        ttlMilliseconds: write.seconds * 1_000),
      Entry(key: write.metaKey, value: String(decoding: write.meta, as: UTF8.self)),
    ]
  }
}
