import Admin
import Configuration
import Flags

/// What a command that changes a flag prints with `--json`.
struct ChangeDocument: Encodable {
  struct State: Encodable {
    let enabled: Bool
    let percentage: Double
    let allowCount: Int
    let denyCount: Int
    let revision: Int

    init(_ flag: Flag) {
      enabled = flag.isEnabled
      percentage = flag.percentage.number
      allowCount = flag.allow.count
      denyCount = flag.deny.count
      revision = flag.revision
    }

    enum CodingKeys: String, CodingKey {
      case enabled, percentage, revision
      case allowCount = "allow_count"
      case denyCount = "deny_count"
    }
  }

  /// The proxies that were asked.
  struct Proxies: Encodable {
    let total: Int
    let confirmed: Int
    let missing: [String]
  }

  let flag: String
  let file: String
  let before: State
  let after: State
  let written: Bool
  let confirmed: Bool
  /// Only where one proxy was asked and confirmed.
  let generation: UInt64?
  /// Only where it is confirmed.
  let milliseconds: Double?
  /// Nil where nobody was asked.
  let proxies: Proxies?

  init(_ report: ChangeReport) {
    flag = report.after.name
    file = report.system.place
    before = State(report.before)
    after = State(report.after)
    written = report.isWritten
    confirmed = report.isConfirmed
    proxies = Proxies(report.result, admin: "\(report.system.admin)")
    switch report.result {
    case .inForce(let answer): (generation, milliseconds) = (answer.status.generation, answer.milliseconds)
    case .fleet(let answer) where report.isConfirmed: (generation, milliseconds) = (nil, answer.milliseconds)
    default: (generation, milliseconds) = (nil, nil)
    }
  }
}

extension ChangeDocument.Proxies {
  init?(_ result: Confirmation.Result, admin: String) {
    switch result {
    case .inForce: self.init(total: 1, confirmed: 1, missing: [])
    case .notInForce, .notAsked, .superseded: self.init(total: 1, confirmed: 0, missing: [admin])
    case .unreachable: self.init(total: 0, confirmed: 0, missing: [])
    case .fleet(let answer):
      self.init(total: answer.total, confirmed: answer.confirmed.count, missing: answer.missing.map(\.label))
    case .notAwaited, .fleetUnknown: return nil
    }
  }
}
