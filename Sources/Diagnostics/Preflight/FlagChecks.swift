internal import Bytes
package import FlagStore
internal import Flags
internal import FoundationEssentials
internal import Glibc
package import HTTPClient
internal import Reactor

/// Whether the flag can be changed and changed back: the guide's "feature flag configured" and "rollback plan tested".
package struct FlagChecks: Sendable {
  package var location: FlagLocation
  package var source: any FlagSource
  package var name: String
  /// The admin port, to show that the drill did not affect the proxy; nil: unknown.
  package var admin: HTTPEndpoint?
  /// Who runs the drill, and from where, for the audit trail.
  package var author: String
  package var origin: String

  package init(
    location: FlagLocation, source: any FlagSource, name: String, admin: HTTPEndpoint?, author: String, origin: String
  ) {
    self.location = location
    self.source = source
    self.name = name
    self.admin = admin
    self.author = author
    self.origin = origin
  }

  package var all: [DiagnosticCheck] {
    [
      DiagnosticCheck("Flag") { deadline throws(CheckError) in try readable(deadline) },
      DiagnosticCheck("Rollback drill", timeout: Self.timeout) { deadline throws(CheckError) in try drill(deadline) },
    ]
  }

  private static let timeout = Duration.seconds(20)

  // MARK: The flag

  private func readable(_ deadline: Deadline) throws(CheckError) -> CheckOutcome {
    let flag = try call { () throws(FlagStoreError) in try source.flag(named: name) }
    let state = flag.isEnabled ? "\(flag.percentage) %" : "killed, \(flag.percentage) % remembered"
    let text = "\(name): \(state), revision \(flag.revision), in \(location)"
    if case .file(let path) = location, let refusal = Self.writeRefusal(path) { return refusal }
    guard flag.isEnabled else { return .warn(text, advice: "turnout restore ends the kill.") }
    let status = status(deadline)
    if let inForce = status?.flags?.first(where: { $0.name == name }),
      !inForce.enabled || inForce.percentage != flag.percentage.number
    {
      let other = inForce.enabled ? "\((try? Percentage(inForce.percentage))?.description ?? "?") %" : "a kill"
      return .warn(
        "\(text); the proxy has \(other) in force, the store says \(flag.percentage) %",
        advice:
          "See turnout status: the proxy reads another store, cannot read this one, or has a local kill. "
          + "Until both agree, a change here may not reach it.")
    }
    guard flag.percentage == .zero else {
      return .warn(
        text,
        advice:
          "Users already go to unified, so the baseline is not that of day 0. If the migration has not begun: "
          + "turnout set 0, then run this again.")
    }
    return .pass(text)
  }

  /// What the drill beside the file cannot detect: the audit trail belongs to the file itself.
  private static func writeRefusal(_ path: String) -> CheckOutcome? {
    guard let resolved = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(resolved) }
    let target = unsafe String(cString: resolved)
    let trail = (target.hasSuffix(".json") ? String(target.dropLast(5)) : target) + ".audit.jsonl"
    guard unsafe access(trail, F_OK) == 0, unsafe access(trail, W_OK) != 0 else { return nil }
    return .fail(
      "\(trail) is not writable",
      advice: "Changes would be refused: make it writable for the user who runs turnout set.")
  }

  // MARK: The drill

  /// The steps of a rollback, on a scratch flag in the same store; each step is read back.
  private func drill(_ deadline: Deadline) throws(CheckError) -> CheckOutcome {
    let before = try? source.flag(named: name)
    let generation = generation(deadline)
    let scratch = try call { () throws(FlagStoreError) in try ScratchFlag(beside: location) }
    let times: [String]
    do throws(CheckError) { times = try steps(scratch.source, deadline) } catch {
      // The cause may prevent this too; then the scratch flag expires.
      try? scratch.remove()
      throw error
    }
    try call { () throws(FlagStoreError) in try scratch.remove() }
    let text = "set 10, set 50, kill, restore: \(times.joined(separator: ", ")) ms, each read back"
    guard let before, let after = try? source.flag(named: name) else { return .pass(text) }
    guard before == after else {
      return .warn(
        "\(text); \(name) was changed meanwhile, by \(after.updatedBy ?? "an unknown author")",
        advice: "That was not the drill, which uses a scratch flag: see turnout log.")
    }
    return .pass("\(text); \(name) untouched\(generations(generation, deadline))")
  }

  private func generations(_ before: UInt64?, _ deadline: Deadline) -> String {
    guard let before, let after = generation(deadline) else { return "" }
    return before == after ? ", proxy still at generation \(after)" : ", proxy at generation \(after), was \(before)"
  }

  private func steps(_ store: any FlagSource, _ deadline: Deadline) throws(CheckError) -> [String] {
    var times: [String] = []
    for (edit, words, percentage, isEnabled) in Self.plan {
      let begin = MonotonicClock.now()
      let signature = Signature(by: author, from: origin, reason: "rollback drill")
      _ = try call { () throws(FlagStoreError) in
        try store.change(flag: ScratchFlag.name, edit, signed: signature)
      }
      let read = try call { () throws(FlagStoreError) in try store.flag(named: ScratchFlag.name) }
      guard read.percentage == percentage, read.isEnabled == isEnabled else {
        throw CheckError(
          "\(words) was written, and \(read.percentage) %\(read.isEnabled ? "" : ", killed") was read",
          advice: "Another client wrote it, or the store is unreliable: try again, and see what serves \(location).")
      }
      times.append(NumberText.fixed(Double(MonotonicClock.now() - begin) / 1e6, 1))
      guard !deadline.hasPassed else {
        throw CheckError(
          "\(words) took until \(Self.timeout.components.seconds) s after the start",
          advice: "A kill would be as slow: check the load of \(location).")
      }
    }
    return times
  }

  private static let plan: [(FlagEdit, String, Percentage, Bool)] = {
    guard let ten = Percentage(threshold: 10_000), let fifty = Percentage(threshold: 50_000) else { return [] }
    return [
      (.set(ten), "set 10", ten, true), (.set(fifty), "set 50", fifty, true), (.kill(), "kill", fifty, false),
      (.restore, "restore", fifty, true),
    ]
  }()

  /// The generation of the flags in force at the proxy.
  private func generation(_ deadline: Deadline) -> UInt64? { status(deadline)?.generation }

  /// The members of the status document that this check needs.
  private struct Status: Decodable {
    struct FlagState: Decodable {
      let name: String
      let enabled: Bool
      let percentage: Double
    }

    let generation: UInt64
    let flags: [FlagState]?
  }

  private func status(_ deadline: Deadline) -> Status? {
    guard let admin,
      let text = try? admin.get(
        "/api/v1/status", timeout: deadline.atMost(.seconds(2)).remaining)
    else { return nil }
    return try? JSONDecoder().decode(Status.self, from: Data(text.utf8))
  }

  private func call<Result>(_ body: () throws(FlagStoreError) -> Result) throws(CheckError) -> Result {
    do throws(FlagStoreError) { return try body() } catch {
      throw CheckError(sentence: error.description, or: advice(error))
    }
  }

  private func advice(_ error: FlagStoreError) -> String {
    switch error {
    case .unreachable: "Check the location of the flags (--flags), and that the store runs."
    case .refused: "Grant the user the permissions listed in docs/redis.md."
    case .system, .locked: "Make the folder writable for the user who runs turnout."
    case .unknownFlag, .fileMissing, .invalid, .notAFile: "Repair the flags first: turnout check lists all mistakes."
    default: "Repair that and try again."
    }
  }
}
