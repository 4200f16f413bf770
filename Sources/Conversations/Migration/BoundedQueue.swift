internal import Reactor
internal import Synchronization

/// A queue between one thread that adds and one that takes. Whoever is too fast waits.
final class BoundedQueue<Element: Sendable>: Sendable {
  private struct State {
    var elements: [Element] = []
    /// Nothing more is added.
    var isFinished = false
    /// Nothing more is taken.
    var isAbandoned = false
    /// The element that was taken last is done.
    var isIdle = true
  }

  private let limit: Int
  private let state = Mutex(State())
  private let added: Wakeup
  private let taken: Wakeup

  init(limit: Int) throws(SystemError) {
    self.limit = limit
    added = try Wakeup()
    taken = try Wakeup()
  }

  /// Waits until there is room; false when nobody takes any more.
  func add(_ element: Element) -> Bool {
    while true {
      let (isDone, isAbandoned) = state.withLock { state in
        if state.isAbandoned { return (true, true) }
        guard state.elements.count < limit else { return (false, false) }
        state.elements.append(element)
        return (true, false)
      }
      if isDone {
        added.wake()
        return !isAbandoned
      }
      taken.wait(milliseconds: -1)
    }
  }

  /// The next element, when the one before is done; nil at the end.
  func take() -> Element? {
    while true {
      let (element, isFinished): (Element?, Bool) = state.withLock { state in
        state.isIdle = state.elements.isEmpty
        return (state.elements.isEmpty ? nil : state.elements.removeFirst(), state.isFinished)
      }
      taken.wake()
      if let element { return element }
      if isFinished { return nil }
      added.wait(milliseconds: -1)
    }
  }

  /// Waits until all that was added is done; false when nobody takes any more.
  func waitUntilIdle() -> Bool {
    while true {
      let (isIdle, isAbandoned) = state.withLock { ($0.elements.isEmpty && $0.isIdle, $0.isAbandoned) }
      if isAbandoned { return false }
      if isIdle { return true }
      taken.wait(milliseconds: -1)
    }
  }

  func finish() {
    state.withLock { $0.isFinished = true }
    added.wake()
  }

  func abandon() {
    state.withLock { $0.isAbandoned = true }
    taken.wake()
  }
}
