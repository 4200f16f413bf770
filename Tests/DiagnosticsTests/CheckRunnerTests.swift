import Diagnostics
import Testing

@Suite("Checks")
struct RehearsingTests {
  @Test("are made in their order, a failure does not stop those after it, and each result is told when it is known")
  func order() {
    var told: [String] = []
    let checks = [
      Check("first") { _ in .pass("good") },
      Check("second") { _ throws(CheckFault) in throw CheckFault("bad", advice: "mend it") },
      Check("third") { _ in .notAsked("no address", advice: "give one") },
    ]
    let results = CheckRunner.run(
      checks, begin: { told.append("begin \($0)") }, known: { told.append("known \($0.name)") })
    #expect(
      told == ["begin first", "known first", "begin second", "known second", "begin third", "known third"])
    #expect(
      results.map(\.finding) == [
        .pass("good"), .fail("bad", advice: "mend it"), .notAsked("no address", advice: "give one"),
      ])
  }

  @Test("have passed when none failed, and not when none was asked")
  func passed() {
    func results(_ findings: CheckOutcome...) -> [CheckResult] {
      findings.map { CheckResult(name: "a", finding: $0, nanoseconds: 1) }
    }
    #expect(results(.pass("x"), .warn("y", advice: "z"), .notAsked("n", advice: "m")).hasPassed)
    #expect(!results(.pass("x"), .fail("y", advice: "z")).hasPassed)
    #expect(!results(.notAsked("n", advice: "m")).hasPassed)
    #expect(!results().hasPassed)
  }

  @Test("are given the moment by which they must be over")
  func limit() {
    let check = Check("slow", limitNanoseconds: 3_000_000) { limit in
      while !limit.hasPassed {}
      return .fail("over after \(limit.allowedNanoseconds) ns", advice: "-")
    }
    let results = CheckRunner.run([check])
    #expect(results[0].finding.found == "over after 3000000 ns")
    #expect(results[0].nanoseconds >= 3_000_000)
  }
}
