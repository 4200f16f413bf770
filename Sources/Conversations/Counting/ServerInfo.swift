/// What INFO says: lines of `name:value`, and headings that begin with `#`.
struct ServerInfo {
  private let lines: [Substring]

  init(_ text: String) { lines = text.split(whereSeparator: \.isNewline) }

  /// What the allocator has handed out, for all databases, clients and buffers.
  var usedMemoryBytes: UInt64? { value("used_memory").flatMap { UInt64($0) } }

  /// How many keys a database has, from `db0:keys=12,expires=3,avg_ttl=0`. An empty database is not told of, so that
  /// without the line there are none.
  func keys(inDatabase number: Int) -> UInt64? {
    guard let value = value("db\(number)") else { return 0 }
    return value.split(separator: ",").first { $0.hasPrefix("keys=") }.flatMap { UInt64($0.dropFirst("keys=".count)) }
  }

  private func value(_ name: String) -> Substring? {
    lines.first { $0.hasPrefix(name + ":") }?.dropFirst(name.utf8.count + 1)
  }
}
