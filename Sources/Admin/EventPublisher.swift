internal import LocalServer
package import Reactor
internal import Synchronization

/// Feeds the event streams of `GET /api/v1/events` on its own thread: one feed for each flag.
///
///     flags changed, time passed --> this thread: documents --> Feed --> every subscriber
///
/// It makes each document once for all subscribers of a flag. Without subscribers the thread sleeps.
package final class EventPublisher: Sendable {
  private let shared: Shared
  private let loop: BackgroundLoop

  private final class Shared: Sendable {
    let view: AdminView
    let feeds = Mutex<[String: Feed]>([:])
    /// Flags with a new subscriber.
    let newSubscribers = Inbox<String>()

    init(_ view: AdminView) { self.view = view }

    /// Posts the events that are due. Returns when the next ones will be; `.never` without subscribers.
    func turn(_ channels: inout [String: EventChannel]) -> Deadline {
      let (now, feeds) = (MonotonicClock.now(), feeds.withLock { $0 })
      let newSubscribers = Set(newSubscribers.takeAll())
      var documents = EventDocuments(view)
      for (flag, feed) in feeds {
        guard feed.hasSubscribers else {
          channels[flag] = nil
          continue
        }
        var channel = channels[flag] ?? EventChannel(flag: flag)
        let bytes = channel.events(now: now, hasNewSubscriber: newSubscribers.contains(flag), &documents)
        if !bytes.isEmpty { feed.post(bytes) }
        channels[flag] = channel
      }
      return channels.values.map(\.next).min() ?? .never
    }
  }

  package init(_ view: AdminView) throws(SystemError) {
    let shared = Shared(view)
    self.shared = shared
    loop = try BackgroundLoop(name: "admin-events", state: { [String: EventChannel]() }, turn: { shared.turn(&$0) })
  }

  /// The flags in force have changed: subscribers receive it at once.
  package func flagsChanged() { loop.wake() }

  /// `join` waits for the end.
  package func stop() { loop.stop() }

  package func join() { loop.join() }

  /// - Parameter flag: the name of an existing flag.
  func feed(flag: String) -> Feed {
    shared.feeds.withLock { feeds in
      if let feed = feeds[flag] { return feed }
      let (shared, loop) = (shared, loop)
      let feed = Feed(heartbeat: ServerSentEvent.heartbeat) {
        shared.newSubscribers.post(flag)
        loop.wake()
      }
      feeds[flag] = feed
      return feed
    }
  }

  /// The sum over all flags.
  var counts: Feed.Counts {
    shared.feeds.withLock { $0.values.map(\.counts) }.reduce(into: Feed.Counts()) { sum, counts in
      sum.subscribers += counts.subscribers
      sum.tooSlow += counts.tooSlow
      sum.tooMany += counts.tooMany
    }
  }
}
