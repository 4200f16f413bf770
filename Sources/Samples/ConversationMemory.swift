internal import Flags
internal import FoundationEssentials
internal import Synchronization

/// Whose conversation it is. The names are those of the keys that the contexts are kept under.
enum ChatRole: String, Sendable {
  case customer, admin
}

/// What is remembered of one user in one role.
struct Conversation: Sendable, Equatable {
  var id: String
  var contextKey: String
  /// The oldest first.
  var messages: [String] = []
  fileprivate var lastUse: UInt64 = 0

  fileprivate init(id: String, contextKey: String) {
    self.id = id
    self.contextKey = contextKey
  }
}

/// How much is remembered.
enum ConversationLimits {
  static let messages = 10
  static let conversations = 1_000
}

/// The conversations of one context path: legacy has one context for each user and role, unified a conversation with an
/// id of its own. When there is one too many, the one that was silent longest is forgotten.
final class ConversationMemory: Sendable {
  private struct Key: Hashable {
    var role: ChatRole
    var user: String
  }

  private struct State {
    var conversations: [Key: Conversation] = [:]
    var uses: UInt64 = 0
  }

  private let cohort: Cohort
  private let state = Mutex(State())

  init(_ cohort: Cohort) { self.cohort = cohort }

  var count: Int { state.withLock { $0.conversations.count } }

  /// Adds a message and returns the conversation with it. Without a user nothing is kept: it would be everyone's.
  func add(_ message: String, role: ChatRole, user: String?) -> Conversation {
    guard let user else {
      var conversation = begin(role, "anonymous")
      conversation.messages = [message]
      return conversation
    }
    return state.withLock { state in
      let key = Key(role: role, user: user)
      var conversation = state.conversations[key] ?? begin(role, user)
      state.uses += 1
      conversation.lastUse = state.uses
      conversation.messages = (conversation.messages + [message]).suffix(ConversationLimits.messages)
      state.conversations[key] = conversation
      if state.conversations.count > ConversationLimits.conversations { Self.forgetOne(&state.conversations) }
      return conversation
    }
  }

  private static func forgetOne(_ conversations: inout [Key: Conversation]) {
    guard let oldest = conversations.min(by: { $0.value.lastUse < $1.value.lastUse }) else { return }
    conversations[oldest.key] = nil
  }

  private func begin(_ role: ChatRole, _ user: String) -> Conversation {
    switch cohort {
    case .legacy:
      let key = role == .customer ? "chat:customer:\(user)" : "admin:context:\(user)"
      return Conversation(id: key, contextKey: key)
    case .unified:
      let id = UUID().uuidString.lowercased()
      let holder = role == .customer ? "client" : "admin"
      return Conversation(id: id, contextKey: "conversation:\(holder):\(user):\(id)")
    }
  }
}
