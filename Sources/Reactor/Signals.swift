internal import CLinux
internal import Glibc

/// Signals as something that a thread waits for, instead of something that interrupts one.
public enum Signals {
  /// Blocks `signals` for this thread and those it starts from now on, so that `wait` receives them; a broken pipe is
  /// an error of the call that wrote. Before the first thread is started.
  public static func block(_ signals: [Int32]) {
    _ = signal(SIGPIPE, SIG_IGN)
    var set = Self.set(signals)
    _ = unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// Waits for one of `signals`, which are blocked, and returns it.
  public static func wait(for signals: [Int32]) -> Int32 {
    var set = Self.set(signals)
    var received: Int32 = 0
    while unsafe sigwait(&set, &received) != 0 {}
    return received
  }

  static func set(_ signals: [Int32]) -> sigset_t {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for number in signals { unsafe sigaddset(&set, number) }
    return set
  }
}

/// Limits of the process.
public enum ProcessLimits {
  /// Raises the number of open descriptors to what the system allows this process, and returns it.
  @discardableResult
  public static func raiseDescriptors() -> Int {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1_024 }
    limit.rlim_cur = limit.rlim_max
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return Int(clamping: limit.rlim_cur)
  }
}
