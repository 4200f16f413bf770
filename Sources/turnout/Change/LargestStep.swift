import Configuration
import Flags
import Glibc

/// How far one command may raise the percentage that decides: a slip from 5 to 50 is met by a question.
///
/// What counts is who would move: a killed flag is at 0 before and after. Lowering is never asked about.
struct LargestStep {
  let before: Flag
  let after: Flag
  let limit: Percentage

  var isExceeded: Bool { Self.inForce(after) - Self.inForce(before) > limit.threshold }

  /// Ends the command, unless a person at the terminal agrees.
  func check(asking: Bool) throws {
    guard isExceeded else { return }
    if asking, isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 {
      Console.write("\(question) Go on? [y/N] ", to: STDERR_FILENO)
      var input = StandardInput()
      let answer = String(decoding: input.next() ?? [], as: UTF8.self).lowercased()
      if answer == "y" || answer == "yes" { return }
      throw failure(.stepTooLarge, "Nothing was changed.")
    }
    throw failure(.stepTooLarge, "\(question)\nNothing was changed. Add --yes, or go in steps: turnout set \(next)")
  }

  var question: String {
    """
    \(after.name) \(before.percentage) % -> \(after.percentage) % moves \(points(Self.inForce(after) - Self.inForce(before))) \
    of all users to unified at once; flag_store.largest_step is \(limit).
    """
  }

  /// The farthest step that needs no question.
  private var next: Percentage {
    Percentage(threshold: Self.inForce(before) + limit.threshold) ?? after.percentage
  }

  private func points(_ threshold: Int) -> String { "\(Percentage(threshold: threshold) ?? .zero) %" }

  private static func inForce(_ flag: Flag) -> Int { flag.isEnabled ? flag.percentage.threshold : 0 }
}
