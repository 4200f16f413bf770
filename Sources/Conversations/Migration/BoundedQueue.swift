internal import Reactor
internal import Synchronization

/// A queue between one thread that adds and some that take. Whoever is too fast waits.
final class BoundedQueue<Element: Sendable>: Sendable {
  private struct State {
    var elements: [Element] = []
    /// Nothing more is added.
    var isFinished = false
    /// Nothing more is taken.
    var isAbandoned = false
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

  /// The next element; nil at the end.
  func take() -> Element? {
    while true {
      let (element, isLast, isAtEnd): (Element?, Bool, Bool) = state.withLock { state in
        if state.isAbandoned { return (nil, true, true) }
        guard !state.elements.isEmpty else { return (nil, true, state.isFinished) }
        let element = state.elements.removeFirst()
        return (element, state.elements.isEmpty, false)
      }
      // One wake-up may have been for several threads.
      if isAtEnd || !isLast { added.wake() }
      if let element {
        taken.wake()
        return element
      }
      if isAtEnd { return nil }
      added.wait(milliseconds: -1)
    }
  }

  func finish() {
    state.withLock { $0.isFinished = true }
    added.wake()
  }

  func abandon() {
    state.withLock { $0.isAbandoned = true }
    taken.wake()
    added.wake()
  }
}
