package import Conversations
package import Flags
internal import LocalServer
package import Reactor

/// The sample application of one cohort: chat endpoints over one of the two context stores.
///
///     POST /api/chat, /admin/assistant/chat   {"message": "..."} -> a reply that says what it remembers
///     GET  /events                            five server-sent events, one by one
///     GET  /counts                            its counters
///     any other                               what the proxy added to the request
package final class SampleUpstream: Sendable {
  private let server: LocalServer
  private let jobs: JobQueue?
  private let tally: SampleTally

  /// - Parameters:
  ///   - journal: receives every message too.
  ///   - delay: added to every response.
  package static func start(
    cohort: Cohort, host: String = "127.0.0.1", port: UInt16 = 0, store: SampleStore = .memory(),
    journal: MessageJournal? = nil, delay: Duration = .zero, log: SampleLog = SampleLog()
  ) throws(ListenError) -> SampleUpstream {
    let tally = SampleTally(log)
    let jobs: JobQueue?
    do throws(SystemError) { jobs = try store.jobQueue(named: "sample-\(cohort)") } catch {
      throw .system("\(host):\(port)", error)
    }
    let chat = Chat(cohort: cohort, store: store.open(cohort), journal: journal, tally: tally)
    let pages = SamplePages(chat: chat, jobs: jobs, delay: delay)
    do throws(ListenError) {
      let address = ListenAddress.tcp(host: host, port: port)
      let server = try LocalServer.start(name: "sample-\(cohort)", addresses: [address]) { pages.respond($0) }
      return SampleUpstream(server, jobs, tally)
    } catch {
      jobs?.stop()
      throw error
    }
  }

  private init(_ server: LocalServer, _ jobs: JobQueue?, _ tally: SampleTally) {
    self.server = server
    self.jobs = jobs
    self.tally = tally
  }

  /// The requested port, or the one that the kernel chose for port 0.
  package var port: UInt16 { server.port }

  package var counts: SampleCounts { tally.counts }

  /// Begins the shutdown; `join` waits for its end.
  package func stop() {
    server.stop()
    jobs?.finish()
  }

  package func join() {
    server.join()
    jobs?.join()
  }
}

/// Where a sample server keeps its contexts.
package enum SampleStore: Sendable {
  case memory(ContextLifetimes = ContextLifetimes())
  /// - Parameter timeout: for one call.
  case redis(ContextLocation, ContextLifetimes, timeout: Duration = ContextConnections.standardTimeout)

  func open(_ cohort: Cohort) -> any ContextStore {
    switch self {
    case .memory(let lifetimes): return MemoryStore(cohort, lifetimes: lifetimes)
    case .redis(let location, let lifetimes, let timeout):
      let connections = ContextConnections(location, name: "turnout-sample-\(cohort)", timeout: timeout)
      return cohort == .legacy
        ? LegacyStore(connections, lifetimes: lifetimes) : UnifiedStore(connections, lifetimes: lifetimes)
    }
  }

  /// One thread per connection: more would only wait.
  func jobQueue(named name: String) throws(SystemError) -> JobQueue? {
    switch self {
    case .memory: nil
    case .redis:
      try JobQueue(name: name, threads: ContextConnections.standardCount, capacity: ServerLimits().connections) {
        .text("The sample is stopping.\n", status: 503)
      }
    }
  }
}
