import Configuration
import Flags

/// What `set`, `kill` and `restore` print with `--json`.
struct ChangeDocument: Encodable {
  struct State: Encodable {
    let enabled: Bool
    let percentage: Double
    let revision: Int

    init(_ flag: Flag) {
      enabled = flag.isEnabled
      percentage = Double(flag.percentage.threshold) / 1_000
      revision = flag.revision
    }
  }

  let flag: String
  let file: String
  let before: State
  let after: State
  let written: Bool
  let confirmed: Bool
  /// Only where it is confirmed.
  let generation: UInt64?
  let milliseconds: Double?

  init(_ report: ChangeReport) {
    flag = report.after.name
    file = report.system.place
    before = State(report.before)
    after = State(report.after)
    written = report.isWritten
    if case .inForce(let generation, let milliseconds) = report.result {
      (confirmed, self.generation, self.milliseconds) = (true, generation, milliseconds)
    } else {
      (confirmed, generation, milliseconds) = (false, nil, nil)
    }
  }
}
