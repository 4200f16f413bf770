import Admin
import Glibc
import Reactor
import Synchronization

/// Asks the proxy on a thread of its own, so that a proxy that hangs does not keep the keys from working.
final class WatchFeed: Sendable {
  /// What is known, and what went wrong the last time.
  struct News: Sendable {
    var status: StatusDocument?
    var comparison: ComparisonDocument?
    var history = WindowHistory()
    var trouble: AdminError?
    /// The moment of the last whole answer (monotonic, nanoseconds); 0 before the first.
    var answeredAt: UInt64 = 0
  }

  private struct Shared {
    var question: ComparisonQuery
    var news = News()
  }

  /// Woken when there are news.
  let changed: Wakeup
  private let asked: Wakeup
  private let shared: Mutex<Shared>
  private let client: AdminClient
  private let interval: UInt64

  init(_ client: AdminClient, _ question: ComparisonQuery, interval: UInt64) throws(SystemError) {
    self.client = client
    self.interval = interval
    changed = try Wakeup()
    asked = try Wakeup()
    shared = Mutex(Shared(question: question))
  }

  var news: News { shared.withLock { $0.news } }

  /// Asks this from now on, and at once.
  func ask(_ scope: ComparisonQuery.Scope) {
    shared.withLock { $0.question.scope = scope }
    asked.wake()
  }

  /// Asks until the process ends.
  func run() {
    while true {
      let next = MonotonicClock.now() &+ interval
      askOnce()
      changed.wake()
      let now = MonotonicClock.now()
      // What takes longer than the interval still leaves the proxy a moment.
      wait(nanoseconds: next > now &+ 50_000_000 ? next &- now : 50_000_000)
    }
  }

  /// One attempt; the news have it.
  func askOnce() {
    let (question, old) = shared.withLock { ($0.question, $0.news) }
    var news = old
    do throws(AdminError) {
      try renew(&news, question)
      news.trouble = nil
      news.answeredAt = MonotonicClock.now()
    } catch {
      news.trouble = error
    }
    shared.withLock { $0.news = news }
  }

  private func renew(_ news: inout News, _ question: ComparisonQuery) throws(AdminError) {
    let limit = Duration.seconds(3)
    news.status = try client.status(within: limit).document
    let comparison = try client.comparison(question, within: limit).document
    news.comparison = comparison
    let now = Self.seconds(comparison.to) ?? Double(WallClock.seconds())
    let from = news.history.next(now: now).rounded(.down)
    let windows = try client.windows(flag: comparison.flag, from: Int(from), within: limit)
    news.history.take(windows, from: from)
  }

  private static func seconds(_ time: String) -> Double? {
    Age.seconds(since: time, now: 0).map { Double(-$0) }
  }

  private func wait(nanoseconds: UInt64) {
    var entry = pollfd(fd: asked.descriptor.number, events: Int16(POLLIN), revents: 0)
    _ = unsafe poll(&entry, 1, Int32(clamping: (nanoseconds + 999_999) / 1_000_000))
    asked.clear()
  }
}
