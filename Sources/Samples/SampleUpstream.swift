internal import Conversations
package import Flags
internal import LocalServer
package import Reactor

/// A small application with one of the two context paths: it answers the chat endpoints and says which path served.
///
///     POST /api/chat, /admin/assistant/chat   {"message": "..."} -> an answer that says what it remembers
///     GET  /events                            five server-sent events, one by one
///     GET  /counts                            what it did since its start
///     any other                               what the proxy said of the request
package final class SampleUpstream: Sendable {
  private let server: LocalServer
  private let jobs: JobQueue?
  private let tally: SampleTally

  /// - Parameters:
  ///   - store: where contexts are kept; nil: in memory.
  ///   - journal: where every message is written as well.
  ///   - delayNanoseconds: how long every answer is held back.
  package static func start(
    cohort: Cohort, host: String = "127.0.0.1", port: UInt16 = 0, store: SampleStore = .memory(),
    journal: MessageJournal? = nil, delayNanoseconds: UInt64 = 0, log: SampleLog = SampleLog()
  ) throws(ListenError) -> SampleUpstream {
    let tally = SampleTally(log)
    let jobs: JobQueue?
    do throws(SystemError) { jobs = try store.jobQueue(named: "sample-\(cohort)") } catch {
      throw .system("\(host):\(port)", error)
    }
    let chat = Chat(cohort: cohort, store: store.open(cohort), journal: journal, tally: tally)
    let pages = SamplePages(chat: chat, jobs: jobs, delayNanoseconds: delayNanoseconds)
    do throws(ListenError) {
      let place = ListenAddress.tcp(host: host, port: port)
      let server = try LocalServer.start(name: "sample-\(cohort)", places: [place]) { pages.answer($0) }
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

  /// The one asked for, or the one that the kernel chose for port 0.
  package var port: UInt16 { server.port }

  package var counts: SampleCounts { tally.counts }

  /// Orders the end; `join` waits for it.
  package func stop() {
    server.stop()
    jobs?.stop()
  }

  package func join() {
    server.join()
    jobs?.join()
  }
}
