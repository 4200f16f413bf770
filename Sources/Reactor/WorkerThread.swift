internal import CLinux
internal import Synchronization

/// A thread with a name (at most 15 bytes are shown) that runs one function to its end.
public final class WorkerThread: Sendable {
  private let handle: Mutex<pthread_t?>

  public init(name: String, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
    let start = unsafe Unmanaged.passRetained(Start(name: name, body: body))
    var thread = pthread_t()
    let code = unsafe pthread_create(
      &thread, nil,
      { context in
        guard let context = unsafe context else { return nil }
        let start = unsafe Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
        unsafe clinux_name_thread(start.name)
        start.body()
        return nil
      }, start.toOpaque())
    handle = Mutex(code == 0 ? thread : nil)
    guard code == 0 else {
      unsafe start.release()
      throw SystemError("pthread_create \(name)", code: code)
    }
  }

  /// Waits until the function has returned. A second call returns at once.
  public func join() {
    let thread = handle.withLock { handle in
      defer { handle = nil }
      return handle
    }
    if let thread { _ = pthread_join(thread, nil) }
  }
}

private final class Start: Sendable {
  let name: String
  let body: @Sendable () -> Void

  init(name: String, body: @escaping @Sendable () -> Void) {
    self.name = name
    self.body = body
  }
}
