import Diagnostics
import Reactor
import Testing

@Suite("Checks")
struct CheckRunnerTests {
  @Test("run in order, a failure does not stop the next ones, and each result is reported at once")
  func order() {
    var events: [String] = []
    let checks = [
      DiagnosticCheck("first") { _ in .pass("good") },
      DiagnosticCheck("second") { _ throws(CheckError) in throw CheckError("bad", advice: "repair it") },
      DiagnosticCheck("third") { _ in .notAsked("no address", advice: "give one") },
    ]
    let results = CheckRunner.run(
      checks, begin: { events.append("begin \($0)") }, finish: { events.append("finish \($0.name)") })
    #expect(
      events == ["begin first", "finish first", "begin second", "finish second", "begin third", "finish third"])
    #expect(
      results.map(\.outcome) == [
        .pass("good"), .fail("bad", advice: "repair it"), .notAsked("no address", advice: "give one"),
      ])
  }

  @Test("have passed when none failed and at least one was made")
  func passed() {
    func results(_ outcomes: CheckOutcome...) -> [CheckResult] {
      outcomes.map { CheckResult(name: "a", outcome: $0, duration: .zero) }
    }
    #expect(results(.pass("x"), .warn("y", advice: "z"), .notAsked("n", advice: "m")).hasPassed)
    #expect(!results(.pass("x"), .fail("y", advice: "z")).hasPassed)
    #expect(!results(.notAsked("n", advice: "m")).hasPassed)
    #expect(!results().hasPassed)
  }

  @Test("get a deadline after their timeout")
  func deadline() {
    let check = DiagnosticCheck("slow", timeout: .milliseconds(3)) { deadline in
      while !deadline.hasPassed {}
      return .pass("over")
    }
    let results = CheckRunner.run([check])
    #expect(results[0].outcome == .pass("over"))
    #expect(results[0].duration >= .milliseconds(3))
  }
}
