import FlagStore
import Flags
import Foundation
import Testing

@testable import turnout

@Suite struct ArgumentTests {
  @Test(
    "A percentage is 0 to 100 with up to three decimals, and may carry its sign",
    arguments: [
      ("0", 0), ("10", 10_000), ("12.5", 12_500), ("99.999", 99_999), ("0.001", 1), ("100", 100_000),
      ("100.000", 100_000),
      ("50%", 50_000), ("007", 7_000),
    ])
  func percentages(text: String, threshold: Int) {
    #expect(Percentage(argument: text)?.threshold == threshold)
  }

  @Test(
    "Anything else is none",
    arguments: [
      "", "%", "101", "100.001", "-1", "+1", "1e1", "0x10", "nan", "inf", "1.2345", "1.", ".5", "1.2.3", "1,5", "50%%",
      "٥",
      "99999999999999999999",
    ])
  func wrongPercentages(text: String) {
    #expect(Percentage(argument: text) == nil)
  }

  @Test("A time to wait has a unit, and may be nothing")
  func waitTimes() {
    #expect(WaitTime(argument: "500ms")?.nanoseconds == 500_000_000)
    #expect(WaitTime(argument: "0s")?.nanoseconds == 0)
    #expect(["", "2", "-1s", "2h", "1d"].allSatisfy { WaitTime(argument: $0) == nil })
  }

  @Test("Options that are printed to be copied are quoted for the shell")
  func shellWords() {
    #expect(Shell.quoted("/etc/turnout.yaml") == "/etc/turnout.yaml")
    #expect(Shell.quoted("a b") == "'a b'")
    #expect(Shell.quoted("it's $(x)") == #"'it'\''s $(x)'"#)
    #expect(Shell.quoted("") == "''")
  }

  @Test("Every subcommand is in docs/cli.md, and every exit status")
  func documented() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let page = folder.deletingLastPathComponent().appending(path: "docs/cli.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    for name in [
      "status", "compare", "watch", "which", "log", "check", "set", "allow", "deny", "kill", "restore", "smoke",
      "validate", "verify", "cleanup", "restore-dump",
    ] {
      #expect(text.contains("## turnout \(name)"))
    }
    for status in [1, 2, 3, 4, 5, 6, 10, 11, 12, 64, 78] { #expect(text.contains("| \(status) | ")) }
    let known: [turnout.ExitStatus] = [
      .failed, .conflict, .unconfirmed, .unreachable, .stepTooLarge, .harmful, .undecided, .notPassed, .usage,
      .configuration,
    ]
    #expect(known.map(\.rawValue) == [1, 3, 4, 5, 6, 10, 11, 12, 64, 78])
  }
}
