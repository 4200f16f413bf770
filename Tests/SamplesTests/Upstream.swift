import Conversations
import Flags
import FoundationEssentials
import Synchronization
import TestSupport
import Testing

@testable import Samples

/// An upstream that runs for one test.
final class Upstream: Sendable {
  let upstream: SampleUpstream
  let lines: Lines

  /// What was logged.
  final class Lines: Sendable {
    private let texts = Mutex<[String]>([])

    var all: [String] { texts.withLock { $0 } }
    func add(_ text: String) { texts.withLock { $0.append(text) } }
    func begin(with start: String) -> [String] { all.filter { $0.hasPrefix(start) } }
    var log: SampleLog { SampleLog(info: { self.add($0) }, error: { self.add($0) }) }
  }

  init(
    _ cohort: Cohort, store: SampleStore = .memory(), journal: MessageJournal? = nil, delay: Duration = .zero
  ) throws {
    lines = Lines()
    upstream = try SampleUpstream.start(
      cohort: cohort, store: store, journal: journal, delay: delay, log: lines.log)
  }

  deinit {
    upstream.stop()
    upstream.join()
  }

  func ask(_ line: String, _ fields: String = "", body: String = "") throws -> WireResponse {
    let client = try WireClient(port: upstream.port)
    client.send("\(line) HTTP/1.1\r\nHost: t\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
    return try client.response()
  }

  func chat(_ message: String, user: String? = "42", path: String = "/api/chat") throws -> ChatReply {
    let fields = user.map { "X-User-Id: \($0)\r\n" } ?? ""
    let answer = try ask("POST \(path)", fields, body: "{\"message\": \"\(message)\"}")
    #expect(answer.status == 200)
    #expect(answer["content-type"] == "application/json")
    let reply = try JSONDecoder().decode(ChatReply.self, from: Data(answer.body.bytes))
    #expect((answer["x-turnout-created"] == "1") == reply.created)
    #expect((answer["x-turnout-context-error"] == "1") == reply.degraded)
    return reply
  }
}

extension ChatReply {
  var texts: [String] { history.map(\.content) }
}
