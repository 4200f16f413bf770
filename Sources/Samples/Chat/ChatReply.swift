internal import Conversations
internal import JSON
internal import LocalServer

/// The reply to a chat message.
struct ChatReply: Codable, Equatable {
  struct Line: Codable, Equatable {
    var role: String
    var content: String
  }

  var page: SamplePage
  var role: String
  /// The user's message.
  var message: String
  var reply: String
  /// Whether the conversation began with this message.
  var created = false
  /// Earlier messages are unknown, because the context could not be loaded or saved.
  var degraded: Bool
  /// Nil in a degraded reply.
  var conversationID: String?
  /// The key of the context, or the prefix of its keys.
  var contextKey: String?
  /// The number of messages, without this reply; in the legacy layout, of those kept.
  var messages: Int?
  /// The last messages of the conversation, including the user's message, oldest first.
  var history: [Line]

  init(_ page: SamplePage, _ message: Message, _ plan: ReplyPlan, owner: ContextOwner, _ context: Context?) {
    self.page = page
    role = owner.role.rawValue
    self.message = message.content.text ?? ""
    reply = plan.reply
    degraded = context == nil
    conversationID = context?.id
    contextKey = context?.key
    messages = context?.messages
    history = (context?.history ?? [message]).map {
      let content = $0.content
      return Line(role: content.role ?? "", content: content.text ?? String(decoding: $0.json, as: UTF8.self))
    }
  }

  var response: Response {
    var response = Response.json(JSONText.body(self))
    if created { response.headers.append(Header("X-Turnout-Created", "1")) }
    if degraded { response.headers.append(Header("X-Turnout-Context-Error", "1")) }
    return response
  }

  enum CodingKeys: String, CodingKey {
    case role, message, reply, created, degraded, messages, history
    case conversationID = "conversation_id"
    case contextKey = "context_key"
  }

  /// The members of the page and of the reply form one object.
  func encode(to encoder: any Encoder) throws {
    try page.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(role, forKey: .role)
    try container.encode(message, forKey: .message)
    try container.encode(reply, forKey: .reply)
    try container.encode(created, forKey: .created)
    try container.encode(degraded, forKey: .degraded)
    try container.encodeIfPresent(conversationID, forKey: .conversationID)
    try container.encodeIfPresent(contextKey, forKey: .contextKey)
    try container.encodeIfPresent(messages, forKey: .messages)
    try container.encode(history, forKey: .history)
  }

  init(from decoder: any Decoder) throws {
    page = try SamplePage(from: decoder)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    role = try container.decode(String.self, forKey: .role)
    message = try container.decode(String.self, forKey: .message)
    reply = try container.decode(String.self, forKey: .reply)
    created = try container.decode(Bool.self, forKey: .created)
    degraded = try container.decode(Bool.self, forKey: .degraded)
    conversationID = try container.decodeIfPresent(String.self, forKey: .conversationID)
    contextKey = try container.decodeIfPresent(String.self, forKey: .contextKey)
    messages = try container.decodeIfPresent(Int.self, forKey: .messages)
    history = try container.decode([Line].self, forKey: .history)
  }
}
