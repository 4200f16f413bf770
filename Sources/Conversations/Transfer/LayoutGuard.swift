package import Redis

/// Whether what lies in Redis fits a layout, asked by samples before the first write. A layout that does not fit would lose data
/// and report success.
package struct LayoutGuard {
  private let layout: Layout
  private let roles: [ContextRole]

  /// Values per pattern.
  private static let sample = 200

  package init(_ layout: Layout, roles: [ContextRole] = ContextRole.allCases) {
    self.layout = layout
    self.roles = roles
  }

  /// What does not fit, and which layout would; empty: nothing speaks against it.
  package func objections(_ connection: inout RedisConnection) throws(RedisError) -> [String] {
    var objections: [String] = []
    for role in roles {
      guard let own = layout.roles[role] else { continue }
      var found = 0
      for pattern in own.legacy.keys {
        let keys = try keys(pattern.glob(), atMost: Self.sample, &connection).filter { pattern.match($0) != nil }
        found += keys.count
        if let objection = try misfit(keys, own, &connection) { objections.append(objection) }
      }
      objections += try neighbours(of: own, hasKeys: found > 0, &connection)
      if let objection = try unfindable(own, &connection) { objections.append(objection) }
      if found == 0, let objection = try prefixed(own, &connection) { objections.append(objection) }
    }
    return objections
  }

  /// Throws where something speaks against it.
  package func check(_ connection: inout RedisConnection) throws(MigrationError) {
    let found = try failing { () throws(RedisError) in try objections(&connection) }
    if !found.isEmpty { throw .layout(found) }
  }

  // MARK: Values

  private func misfit(
    _ keys: [[UInt8]], _ own: RoleLayout, _ connection: inout RedisConnection
  ) throws(RedisError) -> String? {
    let values = try values(keys, own.legacy.form, &connection)
    let mapping = Mapping(own)
    let misfits = values.map { (key: $0, fit: mapping.fit($1)) }.filter(\.fit.isOfAnotherLayout)
    guard let first = misfits.first, misfits.count * 2 >= values.count else { return nil }
    let better = Layout.shipped.first { other in
      guard other.name != layout.name, let role = other.roles[own.role],
        role.legacy.keys.contains(where: { $0.match(first.key) != nil })
      else { return false }
      let mapping = Mapping(role)
      return values.count { mapping.fit($0.1) == .fits } * 2 > values.count
    }
    // In that of the sample application a value may be the state itself, whatever its members.
    if layout.isStandard, better == nil { return nil }
    return
      "\(misfits.count) of \(values.count) sampled legacy values of role \(own.role.rawValue) do not fit the layout "
      + "\(layout.name), for example \(String(decoding: first.key, as: UTF8.self)): \(first.fit). "
      + (better.map { "The layout \($0.name) fits them: set contexts.layout: \($0.name)" }
        ?? "Describe them in a layout (turnout layout show, docs/layouts.md)")
  }

  private func values(
    _ keys: [[UInt8]], _ form: ValueForm, _ connection: inout RedisConnection
  ) throws(RedisError) -> [([UInt8], StoredDocument)] {
    let commands: [[RedisWord]] = keys.map { key in
      form == .hash
        ? ["HGETALL", RedisWord(key)] : ["GETRANGE", RedisWord(key), "0", RedisWord(MigrationLimits.value)]
    }
    let replies = try connection.pipeline(commands, timeoutNanoseconds: MigrationLimits.timeout)
    return zip(keys, replies).compactMap { key, reply in
      if form == .hash {
        let parts = (reply.elements ?? []).map { $0.value ?? [] }
        if parts.isEmpty { return nil }
        return (
          key,
          .hash(
            stride(from: 0, to: parts.count - 1, by: 2).map {
              StoredDocument.Field(name: parts[$0], value: parts[$0 + 1])
            })
        )
      }
      return reply.value.flatMap { $0.isEmpty ? nil : (key, .json($0)) }
    }
  }

  // MARK: Keys

  /// Keys of an application that is known, beside the patterns of this layout.
  ///
  /// - Parameter hasKeys: whether there are keys of this layout. Another application that shares the Redis then concerns it only
  ///   if both have a pattern in common.
  private func neighbours(
    of own: RoleLayout, hasKeys: Bool, _ connection: inout RedisConnection
  ) throws(RedisError) -> [String] {
    var objections: [String] = []
    for other in Layout.shipped where other.name != layout.name {
      guard let role = other.roles[own.role] else { continue }
      let isRelated = role.legacy.keys.contains(where: own.legacy.keys.contains)
      guard isRelated || !hasKeys else { continue }
      for pattern in role.legacy.keys where !own.legacy.keys.contains(pattern) {
        guard let key = try keys(pattern.glob(), atMost: 1, &connection).first, pattern.match(key) != nil else {
          continue
        }
        objections.append(
          "there are keys such as \(String(decoding: key, as: UTF8.self)), and the layout \(layout.name) looks at "
            + own.legacy.keys.map(\.text).joined(separator: " and ")
            + " for the role \(own.role.rawValue). The layout \(other.name) knows \(isRelated ? "both" : "them"): set contexts.layout: \(other.name)"
        )
      }
    }
    return objections
  }

  /// Conversations of which no pointer key tells, in a layout that finds them by one.
  private func unfindable(
    _ own: RoleLayout, _ connection: inout RedisConnection
  ) throws(RedisError) -> String? {
    guard let pointer = own.unified.pointer else { return nil }
    let metas = try keys(own.unified.key.glob(part: .meta), atMost: Self.sample, &connection)
    let users = Set(metas.compactMap { own.unified.key.match($0)?.user })
    guard let first = metas.first, !users.isEmpty else { return nil }
    let replies = try connection.pipeline(
      users.map { ["EXISTS", RedisWord(pointer.key($0))] }, timeoutNanoseconds: MigrationLimits.timeout)
    guard !replies.contains(.integer(1)) else { return nil }
    let better = Layout.shipped.first { other in
      other.roles[own.role].map { $0.unified.pointer == nil && $0.unified.key.match(first) != nil } ?? false
    }
    return
      "there are conversations such as \(String(decoding: first, as: UTF8.self)), but no key \(pointer.text), by which "
      + "the layout \(layout.name) finds them. "
      + (better.map { "The layout \($0.name) needs none: set contexts.layout: \($0.name)" }
        ?? "Set pointer: none in the layout")
  }

  /// Keys of this layout with something in front.
  private func prefixed(_ own: RoleLayout, _ connection: inout RedisConnection) throws(RedisError) -> String? {
    for pattern in own.legacy.keys {
      let found = try keys("*" + pattern.glob(), atMost: 20, &connection)
      for key in found where !key.starts(with: SyncRecord.prefix.utf8) {
        let text = String(decoding: key, as: UTF8.self)
        return
          "there are no keys \(pattern.text), but keys such as \(text). Set key_prefix in the layout to what is in front"
      }
    }
    return nil
  }

  private func keys(
    _ glob: String, atMost count: Int, _ connection: inout RedisConnection
  ) throws(RedisError) -> [[UInt8]] {
    var scan = KeyScan(glob)
    var found: [[UInt8]] = []
    while !scan.isAtEnd, found.count < count { found += try scan.next(&connection) }
    return Array(found.prefix(count))
  }
}

extension LayoutFit {
  /// A broken value is of no layout; it is left and listed later.
  fileprivate var isOfAnotherLayout: Bool {
    switch self {
    case .fits, .unreadable: false
    case .unknownMembersOnly(let names): !names.isEmpty
    case .lacks, .otherMarker: true
    }
  }
}
