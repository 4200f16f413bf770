/// Connections that go on at a moment of their own: answers that are held back, and the pieces of a stream. Unlike
/// timeouts, which last equally long, each is put in its place by its moment; there are at most as many as connections.
struct DelayQueue {
  struct Entry: Equatable {
    /// Nanoseconds of the monotonic clock.
    var due: UInt64
    /// The slot of the connection.
    var index: Int
  }

  /// The latest first, so that the next is taken from the end.
  private var entries: [Entry] = []

  var nextDue: UInt64? { entries.last?.due }

  /// Behind those that are due at the same moment.
  mutating func insert(_ entry: Entry) {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].due > entry.due { low = middle + 1 } else { high = middle }
    }
    entries.insert(entry, at: low)
  }

  mutating func takeDue(now: UInt64) -> Entry? {
    guard let next = entries.last, next.due <= now else { return nil }
    return entries.removeLast()
  }

  /// Forgets a connection that is gone.
  mutating func remove(index: Int) { entries.removeAll { $0.index == index } }
}
