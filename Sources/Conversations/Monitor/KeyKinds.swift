/// Which keys of a Redis belong to contexts, by the patterns of a layout.
package struct KeyKinds: Sendable, Equatable {
  /// What a key is.
  package struct Found: Sendable {
    package var kind: ContextKeyKind
    package var role: ContextRole
    package var pattern: KeyPattern
    package var match: KeyPattern.Match
  }

  private struct Entry: Equatable {
    var role: ContextRole
    var pattern: KeyPattern
    var isLegacy: Bool
  }

  package let layout: Layout
  private let entries: [Entry]

  package init(_ layout: Layout) {
    self.layout = layout
    entries = ContextRole.allCases.compactMap { layout.roles[$0] }.flatMap { role in
      role.legacy.keys.map { Entry(role: role.role, pattern: $0, isLegacy: true) }
        + [role.unified.key, role.unified.pointer].compactMap(\.self).map {
          Entry(role: role.role, pattern: $0, isLegacy: false)
        }
    }
  }

  /// Nil for a key of another pattern, or whose user is not UTF-8.
  package func find(_ key: [UInt8]) -> Found? {
    for entry in entries {
      guard let match = entry.pattern.match(key), String(validating: match.user, as: UTF8.self) != nil else { continue }
      let kind: ContextKeyKind
      switch (entry.isLegacy, match.part) {
      case (true, _): kind = entry.role == .client ? .legacyCustomer : .legacyAdmin
      case (_, .history): kind = .unifiedHistory
      case (_, .state): kind = .unifiedState
      case (_, .meta): kind = .unifiedMeta
      case (_, nil): kind = .unifiedCurrent
      }
      return Found(kind: kind, role: entry.role, pattern: entry.pattern, match: match)
    }
    return nil
  }

  /// Where a legacy value or a `meta` says when the context began; nil: nowhere.
  func creation(of key: [UInt8]) -> (form: ValueForm, path: MemberPath, format: TimeFormat)? {
    guard let found = find(key), let role = layout.roles[found.role] else { return nil }
    if found.kind == .unifiedMeta {
      return role.unified.createdAt.map { (role.unified.meta, $0, role.unified.timeFormat) }
    }
    return role.legacy.createdAt.map { (role.legacy.form, $0, role.legacy.timeFormat) }
  }

  func history(ofMeta key: [UInt8]) -> (key: [UInt8], form: ValueForm)? {
    guard let found = find(key), let role = layout.roles[found.role] else { return nil }
    return (found.pattern.key(found.match.user, id: found.match.id, part: .history), role.unified.history)
  }
}
