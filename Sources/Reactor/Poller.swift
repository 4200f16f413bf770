internal import Bytes
internal import CLinux

/// What epoll said of one descriptor.
public struct Readiness: Sendable {
  /// As given to `add`.
  public let token: UInt64
  private let events: UInt32

  @inline(__always)
  fileprivate init(_ event: epoll_event) {
    token = unsafe event.data.u64
    events = unsafe event.events
  }

  @inline(__always) public var isReadable: Bool { events & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue) != 0 }
  @inline(__always) public var isWritable: Bool { events & EPOLLOUT.rawValue != 0 }
  /// The peer will send no more.
  @inline(__always) public var hasEnded: Bool { events & (EPOLLRDHUP.rawValue | EPOLLHUP.rawValue) != 0 }
  /// The connection is gone in both directions.
  @inline(__always) public var hasFailed: Bool { events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 }
}

/// An epoll instance. Connections are added once, edge-triggered, for both directions, and never changed: no epoll_ctl
/// while a request passes.
@safe
public struct Poller: ~Copyable {
  private let descriptor: Descriptor
  private let events: Slab<epoll_event>

  /// `capacity` is how many events one wait can return.
  public init(capacity: Int = 256) throws(SystemError) {
    let number = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard number >= 0 else { throw .last("epoll_create1") }
    descriptor = Descriptor(owning: number)
    unsafe events = Slab(capacity: capacity) { _ in unsafe epoll_event() }
  }

  /// Reports once each time `number` becomes readable or writable, or its peer goes away.
  public func addEdgeTriggered(_ number: Int32, token: UInt64) -> Bool {
    control(EPOLL_CTL_ADD, number, EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue, token)
  }

  /// Reports at every wait while `number` is readable.
  public func addLevelTriggered(_ number: Int32, token: UInt64) -> Bool {
    control(EPOLL_CTL_ADD, number, EPOLLIN.rawValue, token)
  }

  public func remove(_ number: Int32) { _ = control(EPOLL_CTL_DEL, number, 0, 0) }

  private func control(_ operation: Int32, _ number: Int32, _ mask: UInt32, _ token: UInt64) -> Bool {
    var event = unsafe epoll_event(events: mask, data: epoll_data_t(u64: token))
    return unsafe epoll_ctl(descriptor.number, operation, number, &event) == 0
  }

  /// Waits for at most `milliseconds` (-1: for ever) and returns how many events there are.
  public func wait(milliseconds: Int32) -> Int {
    let count = unsafe epoll_wait(descriptor.number, events.baseAddress, Int32(events.capacity), milliseconds)
    return max(0, Int(count))
  }

  @inline(__always)
  public func readiness(_ index: Int) -> Readiness { unsafe Readiness(events[index]) }
}
