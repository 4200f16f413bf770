internal import Conversations
internal import FoundationEssentials
internal import LocalServer

/// The sender of a chat message: the user in `X-User-Id`, set by the proxy or a gateway before it, else the subject of the
/// bearer token.
///
///     Authorization: Bearer 42            user 42
///     Authorization: Bearer client.42     user 42, a customer
///     Authorization: Bearer admin.7       user 7, a staff member
///     Authorization: Bearer eyJ...        a JWT: its claims `sub` and `role`, if present
///
/// Tokens are not verified: this is a sample.
struct ChatCaller: Equatable {
  var user: String
  /// `nil` means the token names no role; both chats are allowed.
  var role: ContextRole?

  init(_ request: Request) throws(ChatError) {
    let token = request.header("authorization").flatMap(Self.token)
    let bearer = token.flatMap { Self.claims($0) ?? Self.plain($0) }
    guard let user = request.header("x-user-id").flatMap(Self.user) ?? bearer?.user else { throw .noUser }
    self.user = user
    role = bearer?.role
  }

  private init(user: String, role: ContextRole?) {
    self.user = user
    self.role = role
  }

  /// The scheme is case-insensitive (RFC 9110 11.1).
  private static func token(_ value: String) -> String? {
    let words = value.split(separator: " ", maxSplits: 1)
    guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
    return String(words[1]).trimmingSpaces
  }

  private static func user(_ text: String) -> String? {
    let user = text.trimmingSpaces
    return (1...maximumBytes).contains(user.utf8.count) ? user : nil
  }

  /// The proxy's own limit on user keys.
  private static let maximumBytes = 256

  private static func plain(_ token: String) -> ChatCaller? {
    for (prefix, role) in [("client.", ContextRole.client), ("customer.", .client), ("admin.", .admin)]
    where token.hasPrefix(prefix) {
      return user(String(token.dropFirst(prefix.count))).map { ChatCaller(user: $0, role: role) }
    }
    return user(token).map { ChatCaller(user: $0, role: nil) }
  }

  /// The claims of a JWT (RFC 7519); nil for anything else. An unsigned JWT ends with a dot.
  private static func claims(_ token: String) -> ChatCaller? {
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let payload = base64url(parts[1]), let claims = try? JSONObject(payload) else { return nil }
    guard let subject = claims.text("sub") ?? claims.number("sub").map(String.init), let user = user(subject) else {
      return nil
    }
    switch claims.text("role") {
    case "client", "customer": return ChatCaller(user: user, role: .client)
    case "admin": return ChatCaller(user: user, role: .admin)
    default: return ChatCaller(user: user, role: nil)
    }
  }

  /// RFC 4648 section 5, without padding.
  private static func base64url(_ text: Substring) -> [UInt8]? {
    var standard = text.replacing("-", with: "+").replacing("_", with: "/")
    standard += String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
    return Data(base64Encoded: String(standard)).map(Array.init)
  }
}

extension String {
  fileprivate var trimmingSpaces: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
