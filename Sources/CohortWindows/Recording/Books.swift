import Synchronization

/// The windows of this proxy and of the fleet, under one lock. It is held for the time of an addition or a copy, never
/// while something is encoded for the network or the disk, read or waited for.
final class Books: Sendable {
  struct Content: Sendable {
    var own: WindowBook
    var fleet: FleetBook
    var isFleet = false
  }

  private let content: Mutex<Content>

  init(_ own: WindowBook) { content = Mutex(Content(own: own, fleet: FleetBook(flagCount: own.flags.count))) }

  func with<Result: Sendable>(_ body: (inout Content) -> Result) -> Result {
    content.withLock { content in body(&content) }
  }
}
