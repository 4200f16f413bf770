internal import CLinux
internal import Glibc

/// Signals as a descriptor that a poll waits for beside others. They no longer interrupt the process: whoever has the
/// inbox does what they ask for.
public struct SignalInbox: ~Copyable, Sendable {
  public let descriptor: Descriptor

  /// Blocks `signals` for this thread and those it starts from now on. Before the first thread is started.
  public init(_ signals: [Int32]) throws(SystemError) {
    var set = Signals.set(signals)
    _ = unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    let number = unsafe signalfd(-1, &set, Int32(SFD_NONBLOCK | SFD_CLOEXEC))
    guard number >= 0 else { throw .last("signalfd") }
    descriptor = Descriptor(owning: number)
  }

  /// The next one that has come, or nil.
  public func take() -> Int32? {
    var record = signalfd_siginfo()
    let size = MemoryLayout<signalfd_siginfo>.size
    let count = retryingInterrupted { unsafe read(descriptor.number, &record, size) }
    return count == size ? Int32(truncatingIfNeeded: record.ssi_signo) : nil
  }

  /// Does what the system would have done with `signal`, which is blocked. Returns if that was nothing, or when the
  /// process was stopped and goes on.
  public func obey(_ signal: Int32) {
    var set = Signals.set([signal])
    raise(signal)
    _ = unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
    _ = unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
  }
}
