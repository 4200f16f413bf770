package import Redis

/// The reply to INFO: lines of `name:value`, with headings that begin with `#`.
package struct RedisInfo: Sendable, Equatable {
  private var values: [String: String] = [:]

  package init(_ text: String) {
    for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      values[String(line[..<colon])] = String(line[line.index(after: colon)...])
    }
  }

  /// Asks for all sections, or for one.
  package static func read(_ connection: inout RedisConnection, section: RedisWord? = nil) throws(RedisError)
    -> RedisInfo
  {
    RedisInfo(try connection.command(["INFO"] + (section.map { [$0] } ?? [])).text ?? "")
  }

  package subscript(_ name: String) -> String? { values[name] }

  package func number(_ name: String) -> Int? { values[name].flatMap { Int($0) } }

  package func isSet(_ name: String) -> Bool { values[name] == "1" }

  /// What the allocator has handed out, for all databases, clients and buffers.
  var usedMemoryBytes: UInt64? { values["used_memory"].flatMap { UInt64($0) } }

  /// The number of keys of a database, from `db0:keys=12,expires=3,avg_ttl=0`. Redis omits an empty database.
  func keys(inDatabase number: Int) -> UInt64? {
    guard let value = values["db\(number)"] else { return 0 }
    return value.split(separator: ",").first { $0.hasPrefix("keys=") }.flatMap { UInt64($0.dropFirst("keys=".count)) }
  }
}
