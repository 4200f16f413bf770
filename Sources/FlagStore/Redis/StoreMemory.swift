/// What a Redis server says of its memory.
package struct StoreMemory: Sendable, Equatable {
  /// What its allocator has handed out, for all databases, clients and buffers (`used_memory`).
  package var usedBytes: UInt64
  /// What it may use (`maxmemory`); nil: no limit.
  package var maximumBytes: UInt64?

  package init(usedBytes: UInt64, maximumBytes: UInt64?) {
    self.usedBytes = usedBytes
    self.maximumBytes = maximumBytes
  }

  /// From the text of `INFO memory`, lines of `name:value`. Nil when it does not say.
  init?(info: String) {
    let lines = info.split(whereSeparator: \.isNewline)
    func number(_ name: String) -> UInt64? {
      lines.first { $0.hasPrefix(name + ":") }.flatMap { UInt64($0.dropFirst(name.count + 1)) }
    }
    guard let used = number("used_memory") else { return nil }
    let maximum = number("maxmemory") ?? 0
    self.init(usedBytes: used, maximumBytes: maximum > 0 ? maximum : nil)
  }
}
