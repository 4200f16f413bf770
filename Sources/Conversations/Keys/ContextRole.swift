/// Whose context it is.
package enum ContextRole: String, CaseIterable, Sendable, Codable {
  /// A customer at the chat.
  case client
  /// Someone of the shop at the assistant.
  case admin

  /// In front of the user in the keys of the legacy layout.
  package var legacyPrefix: String {
    switch self {
    case .client: "chat:customer:"
    case .admin: "admin:context:"
    }
  }

  /// In front of the user in the keys of the unified layout.
  package var unifiedPrefix: String { "conversation:\(rawValue):" }
}
