import Conversations
import Flags
import Redis
import Synchronization
import Testing

@testable import Samples

@Suite("What the sample application tells")
struct SampleTallyTests {
  private final class Clock: Sendable {
    let milliseconds = Mutex<UInt64>(0)
  }

  @Test("An error of contexts is told once a second at most, with how many there were")
  func onceASecond() {
    let (lines, clock) = (Upstream.Lines(), Clock())
    let tally = SampleTally(lines.log) { clock.milliseconds.withLock { $0 } * 1_000_000 }
    for moment in [0, 1, 999, 1_000, 1_500, 3_000] as [UInt64] {
      clock.milliseconds.withLock { $0 = moment }
      tally.failed(.redis(.closed(place: "there")), .unified)
    }
    let line = "Error loading unified context: there has closed the connection, or something between has"
    #expect(lines.all == [line, line + " (3 since the last such line)", line + " (2 since the last such line)"])
    #expect(tally.counts.contextErrors == 6)
  }

  @Test("A message that cannot be written down is tried again; at the end what is left is told")
  func journal() throws {
    let lines = Upstream.Lines()
    let written = Mutex<[String]>([])
    let failures = Mutex(2)
    let journal = try MessageJournal(log: lines.log) { message, _ in
      if failures.withLock({ left in
        defer { left = max(left - 1, 0) }
        return left > 0
      }) {
        return "the disk is full"
      }
      written.withLock { $0.append(message.content.text ?? "") }
      return nil
    }
    for number in 1...3 { journal.append(Message(.user, "\(number)", at: number), of: ContextOwner(.client, "42")) }
    journal.close()
    #expect(written.withLock { $0 } == ["1", "2", "3"])
    #expect(journal.lost == 0)
    #expect(lines.all.allSatisfy { $0 == "Error writing down a message: the disk is full" })
    #expect(lines.all.count == 2)
  }
}
