/// The answer to a chat message.
struct ChatReply: Codable, Equatable {
  var page: SamplePage
  var role: String
  /// The message that it answers.
  var message: String
  var reply = ""
  var conversationID: String
  /// The key that the context path keeps the conversation under.
  var contextKey: String
  /// The last messages of the conversation, this one included, the oldest first.
  var history: [String]

  init(page: SamplePage, role: ChatRole, message: String, conversation: Conversation) {
    self.page = page
    self.role = role.rawValue
    self.message = message
    conversationID = conversation.id
    contextKey = conversation.contextKey
    history = conversation.messages
  }

  /// Answers with what the conversation remembers.
  mutating func sayWhatIsKnown() {
    let count = history.count
    let remembered = count == 1 ? "This is the first message I know of." : "I remember \(count) messages."
    reply = "\(page.servedBy) here. You said \"\(message)\". \(remembered)"
  }

  enum CodingKeys: String, CodingKey {
    case role, message, reply, history
    case conversationID = "conversation_id"
    case contextKey = "context_key"
  }

  /// The members of the page stand beside those of the reply.
  func encode(to encoder: any Encoder) throws {
    try page.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(role, forKey: .role)
    try container.encode(message, forKey: .message)
    try container.encode(reply, forKey: .reply)
    try container.encode(conversationID, forKey: .conversationID)
    try container.encode(contextKey, forKey: .contextKey)
    try container.encode(history, forKey: .history)
  }

  init(from decoder: any Decoder) throws {
    page = try SamplePage(from: decoder)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    role = try container.decode(String.self, forKey: .role)
    message = try container.decode(String.self, forKey: .message)
    reply = try container.decode(String.self, forKey: .reply)
    conversationID = try container.decode(String.self, forKey: .conversationID)
    contextKey = try container.decode(String.self, forKey: .contextKey)
    history = try container.decode([String].self, forKey: .history)
  }
}
