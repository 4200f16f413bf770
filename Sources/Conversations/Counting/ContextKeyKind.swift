/// What keys of contexts are counted by: the layout and, where keys differ in size and number, what is in them. The raw
/// value is the label `kind` of the metrics.
package enum ContextKeyKind: String, CaseIterable, Sendable {
  case legacyCustomer = "legacy_customer"
  case legacyAdmin = "legacy_admin"
  case unifiedHistory = "unified_history"
  case unifiedState = "unified_state"
  case unifiedMeta = "unified_meta"
  case unifiedCurrent = "unified_current"

  package init(_ key: ContextKey) {
    switch key {
    case .legacy(let owner): self = owner.role == .client ? .legacyCustomer : .legacyAdmin
    case .part(.history, _, _): self = .unifiedHistory
    case .part(.state, _, _): self = .unifiedState
    case .part(.meta, _, _): self = .unifiedMeta
    case .current: self = .unifiedCurrent
    }
  }

  /// Nil for the keys of others.
  package init?(key: [UInt8]) {
    guard let key = ContextKey(key) else { return nil }
    self.init(key)
  }
}
