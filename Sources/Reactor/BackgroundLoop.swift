internal import Glibc
internal import Synchronization

/// A thread that sleeps until it is woken or a deadline passes, runs one turn, and sleeps again until it is stopped.
///
///     other threads -- wake() --> eventfd --> turn(&state) -- next deadline --> sleep
///
/// The state belongs to the thread alone. What other threads hand over goes through an `Inbox` or a `Mutex`; wake-ups
/// that arrive during a turn cause another turn, and several wake-ups may cause only one.
public final class BackgroundLoop: Sendable {
  public enum Priority: Sendable {
    case normal
    /// Workers and the admin port go first. At a change of the flags every proxy reads its counters at once; where many
    /// share few processors, the change itself must not wait for that. On Linux the priority is that of the calling
    /// thread alone (setpriority(2)); where it is not allowed nothing is lost.
    case background
  }

  private let signals: Signals
  private let thread: WorkerThread

  private final class Signals: Sendable {
    let wakeup: Wakeup
    let isStopping = Atomic(false)

    init() throws(SystemError) { wakeup = try Wakeup() }
  }

  /// - Parameters:
  ///   - name: as `top -H` shows it, at most 15 bytes.
  ///   - makeState: runs on the new thread, before the first turn.
  ///   - turn: runs at the start, after each wake-up and when its last result passes. It returns when it wants to run again
  ///     without a wake-up, or `.never`.
  public init<State: ~Copyable>(
    name: String, priority: Priority = .normal, state makeState: @escaping @Sendable () -> State,
    turn: @escaping @Sendable (inout State) -> Deadline
  ) throws(SystemError) {
    let signals = try Signals()
    self.signals = signals
    thread = try WorkerThread(name: name) {
      if priority == .background { _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10) }
      var state = makeState()
      while true {
        // Cleared before looking at the flag and before the turn, so that neither a stop nor a wake-up in between is lost.
        signals.wakeup.clear()
        if signals.isStopping.load(ordering: .acquiring) { return }
        let next = turn(&state)
        _ = next.wait(for: POLLIN, on: signals.wakeup.descriptor.number)
      }
    }
  }

  public convenience init(
    name: String, priority: Priority = .normal, turn: @escaping @Sendable () -> Deadline
  ) throws(SystemError) {
    try self.init(name: name, priority: priority, state: {}, turn: { (_: inout Void) in turn() })
  }

  /// Causes a turn soon. Safe from any thread.
  public func wake() { signals.wakeup.wake() }

  /// Ends the loop after the turn under way. `join` waits for that.
  public func stop() {
    signals.isStopping.store(true, ordering: .releasing)
    signals.wakeup.wake()
  }

  /// For a turn that takes long.
  public var isStopping: Bool { signals.isStopping.load(ordering: .acquiring) }

  public func join() { thread.join() }
}

/// Messages from any thread to one that takes them all at once, such as a `BackgroundLoop`, which the sender wakes.
public final class Inbox<Message: Sendable>: Sendable {
  private let messages = Mutex<[Message]>([])
  private let capacity: Int

  /// - Parameter capacity: how many may wait; one more is refused.
  public init(capacity: Int = .max) { self.capacity = capacity }

  /// False when the inbox is full; the message is dropped.
  @discardableResult
  public func post(_ message: Message) -> Bool {
    messages.withLock { messages in
      guard messages.count < capacity else { return false }
      messages.append(message)
      return true
    }
  }

  /// Everything that waits, in the order of arrival.
  public func takeAll() -> [Message] {
    messages.withLock { messages in
      defer { messages = [] }
      return messages
    }
  }
}
