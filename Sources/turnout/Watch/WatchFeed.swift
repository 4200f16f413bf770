import Admin
import Reactor
import Synchronization

/// Polls the proxy on a background thread, so that an unresponsive proxy does not block the keys.
final class WatchFeed: Sendable {
  /// The latest data, and the error of the last refresh.
  struct Update: Sendable {
    var status: StatusDocument?
    var comparison: ComparisonDocument?
    var history = WindowHistory()
    var error: AdminError?
    /// Time of the last complete refresh (monotonic, nanoseconds); nil before the first.
    var completedAt: UInt64?
  }

  /// The time limit of each of the three requests of a refresh.
  private static let limit = Duration.seconds(3)

  /// Woken after every refresh.
  let changed: Wakeup
  private let shared: Mutex<(query: ComparisonQuery, update: Update)>
  private let client: AdminClient
  private let interval: Duration
  private let loop = Mutex<BackgroundLoop?>(nil)

  init(_ client: AdminClient, _ query: ComparisonQuery, interval: Duration) throws(SystemError) {
    self.client = client
    self.interval = interval
    changed = try Wakeup()
    shared = Mutex((query, Update()))
  }

  var latest: Update { shared.withLock { $0.update } }

  /// Refreshes at every interval until the process ends.
  func start() throws(SystemError) {
    let started = try BackgroundLoop(name: "watch") { [self] in
      let next = Deadline(after: interval)
      refresh()
      changed.wake()
      // A refresh that takes longer than the interval still leaves the proxy a pause.
      return max(next, Deadline(after: .milliseconds(50)))
    }
    loop.withLock { $0 = started }
  }

  /// Compares over this scope from now on, and refreshes at once.
  func show(_ scope: ComparisonQuery.Scope) {
    shared.withLock { $0.query.scope = scope }
    loop.withLock { $0 }?.wake()
  }

  /// One refresh; `latest` has the result.
  func refresh() {
    var (query, update) = shared.withLock { $0 }
    do throws(AdminError) {
      try load(&update, query)
      update.error = nil
      update.completedAt = MonotonicClock.now()
    } catch {
      update.error = error
    }
    shared.withLock { $0.update = update }
  }

  private func load(_ update: inout Update, _ query: ComparisonQuery) throws(AdminError) {
    update.status = try client.status(within: Self.limit).document
    let comparison = try client.comparison(query, within: Self.limit).document
    update.comparison = comparison
    let now = TimeText.seconds(since: comparison.to, now: 0).map { Double(-$0) } ?? Double(WallClock.seconds())
    let from = update.history.next(now: now).rounded(.down)
    let windows = try client.windows(flag: comparison.flag, from: Int(from), within: Self.limit)
    update.history.take(windows, from: from)
  }
}
