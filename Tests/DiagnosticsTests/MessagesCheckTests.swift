import Conversations
import Diagnostics
import Foundation
import TestSupport
import Testing

@Suite("The check of the messages")
struct MessagesCheckTests {
  private func check(_ place: MessageLocation?) -> CheckOutcome {
    finding(MessagesCheck.check(place, timeout: .seconds(10)))
  }

  @Test("opens the source, tells lines that are none, and fails with the source's own words")
  func file() throws {
    #expect(check(nil).status == .notAsked)
    let folder = try TemporaryFolder()
    let path = folder.path + "/messages.jsonl"
    expectFailed(check(.file(path)), found: "No such file", advice: "TURNOUT_MESSAGES")
    try "".write(toFile: path, atomically: true, encoding: .utf8)
    #expect(check(.file(path)) == .pass("\(path) is readable"))
    try "\nnothing\n".write(toFile: path, atomically: true, encoding: .utf8)
    let found = check(.file(path))
    #expect(found.status == .warn)
    #expect(found.found.contains("1 of its lines are invalid, the first is line 2"))
    let dead = try MessageLocation(parsing: "mysql://root@127.0.0.1:\(try FreePort.take())/shop")
    #expect(check(dead).status == .fail)
  }
}
