internal import CLinux
internal import Glibc

/// Wakes a thread that waits in its poller, from any thread or signal handler.
public final class Wakeup: Sendable {
  public let descriptor: Descriptor

  public init() throws(SystemError) {
    let number = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    guard number >= 0 else { throw .last("eventfd") }
    descriptor = Descriptor(owning: number)
  }

  public func wake() {
    var one: UInt64 = 1
    _ = unsafe write(descriptor.number, &one, 8)
  }

  /// Forgets the wake-ups so far.
  public func clear() {
    var count: UInt64 = 0
    _ = unsafe read(descriptor.number, &count, 8)
  }

  /// Waits for a wake-up for at most so long, and clears it. False when none came.
  @discardableResult
  public func wait(milliseconds: Int32) -> Bool {
    var polled = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
    guard unsafe poll(&polled, 1, milliseconds) > 0 else { return false }
    clear()
    return true
  }
}
