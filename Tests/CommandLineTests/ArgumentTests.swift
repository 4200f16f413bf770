import FlagStore
import Flags
import Foundation
import TestSupport
import Testing

@testable import turnout

@Suite struct ArgumentTests {
  @Test(
    "A percentage is 0 to 100 with up to three decimals, and an optional percent sign",
    arguments: [
      ("0", 0), ("10", 10_000), ("12.5", 12_500), ("99.999", 99_999), ("0.001", 1), ("100", 100_000),
      ("100.000", 100_000),
      ("50%", 50_000), ("007", 7_000),
    ])
  func percentages(text: String, threshold: Int) {
    #expect(Percentage(argument: text)?.threshold == threshold)
  }

  @Test(
    "Anything else is not a percentage",
    arguments: [
      "", "%", "101", "100.001", "-1", "+1", "1e1", "0x10", "nan", "inf", "1.2345", "1.", ".5", "1.2.3", "1,5", "50%%",
      "٥",
      "99999999999999999999",
    ])
  func wrongPercentages(text: String) {
    #expect(Percentage(argument: text) == nil)
  }

  @Test("A duration is a whole number with its unit, within the range of the option")
  func durations() throws {
    let good: [(String, Duration)] = [
      ("500ms", .milliseconds(500)), ("0s", .zero), ("0", .zero), ("90s", .seconds(90)), ("15m", .seconds(900)),
      ("2h", .seconds(7_200)), ("7d", .seconds(604_800)), ("604800s", .seconds(604_800)),
    ]
    for (text, duration) in good { #expect(DurationArgument.parse(text) == duration, "\(text)") }
    for text in [
      "", "m", "2", "-1s", "-5m", "1.5h", "1h30m", "99999999999d", "999999999999999999999s", "٥m", "15M", "1 s",
    ] {
      #expect(DurationArgument.parse(text) == nil, "\(text)")
    }
    let wait = DurationArgument.within(.zero ... .seconds(3_600))
    #expect(try wait("1h") == DurationArgument(.seconds(3_600)))
    for text in ["2h", "1d", "2"] { #expect(throws: (any Error).self, "\(text)") { try wait(text) } }
    let descriptions = [DurationArgument(.zero), .init(.milliseconds(1_500)), .init(.seconds(604_800))].map(
      \.description)
    #expect(descriptions == ["0s", "1500ms", "7d"])
  }

  @Test("The lookback of a comparison is formatted within the limits of the admin port")
  func lookback() throws {
    let limit = DurationArgument.within(DurationArgument.lookback)
    for text in ["0s", "8d", "500ms"] { #expect(throws: (any Error).self, "\(text)") { try limit(text) } }
    let texts = [(1, "1s"), (90, "90s"), (3_600, "1h"), (604_800, "7d"), (100_001, "1667m"), (600_001, "167h")]
    for (seconds, text) in texts { #expect(DurationArgument(.seconds(seconds)).lookbackText == text) }
  }

  @Test("Printed options are quoted for the shell")
  func shellWords() {
    #expect(Shell.quoted("/etc/turnout.yaml") == "/etc/turnout.yaml")
    #expect(Shell.quoted("a b") == "'a b'")
    #expect(Shell.quoted("it's $(x)") == #"'it'\''s $(x)'"#)
    #expect(Shell.quoted("") == "''")
  }

  @Test("Every subcommand is in docs/cli.md, and every exit status")
  func documented() throws {
    let text = try Repository.text("docs/cli.md")
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
