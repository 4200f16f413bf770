internal import CLinux

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
}
