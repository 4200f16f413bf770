import Glibc

/// A thread that runs one function until it is told to stop.
final class WatchThread: Sendable {
  private let wakeRead: Descriptor
  private let wakeWrite: Descriptor
  private let thread: pthread_t

  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// `body` returns when the descriptor that it is given becomes readable.
  init(_ body: @escaping @Sendable (_ wake: Int32) -> Void) throws(System.Failure) {
    var ends: [Int32] = [-1, -1]
    try System.check { unsafe pipe(&ends) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    wakeRead = Descriptor(ends[0])
    wakeWrite = Descriptor(ends[1])
    let wake = ends[0]
    let argument = unsafe Unmanaged.passRetained(Body { body(wake) })
    var thread = pthread_t()
    let number = unsafe pthread_create(
      &thread, nil,
      { argument in
        // Signals are for the program's main thread.
        var signals = sigset_t()
        unsafe sigfillset(&signals)
        unsafe pthread_sigmask(SIG_SETMASK, &signals, nil)
        System.nameThread("flag-watcher")
        if let argument = unsafe argument {
          unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
        }
        return nil
      }, argument.toOpaque())
    guard number == 0 else {
      unsafe argument.release()
      throw System.Failure(number: number)
    }
    self.thread = thread
  }

  /// Returns when the thread has ended. Once.
  func stop() {
    var byte: UInt8 = 0
    _ = unsafe write(wakeWrite.number, &byte, 1)
    pthread_join(thread, nil)
  }
}
