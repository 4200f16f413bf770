/// Which of the two layouts a key belongs to.
package enum ContextLayout: String, CaseIterable, Sendable, Codable {
  case legacy, unified

  /// In front of its keys.
  package func prefix(_ role: ContextRole) -> String {
    switch self {
    case .legacy: role.legacyPrefix
    case .unified: role.unifiedPrefix
    }
  }

  /// Every key with a legacy prefix is of the legacy layout, whatever its user and its type. In the other, the end
  /// decides too: what else begins with `conversation:client:` is somebody else's.
  package func owns(_ key: [UInt8], _ role: ContextRole) -> Bool {
    guard key.starts(with: prefix(role).utf8) else { return false }
    return self == .legacy || ContextKey(key) != nil
  }
}
