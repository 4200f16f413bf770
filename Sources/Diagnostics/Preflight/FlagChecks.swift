package import FlagStore
internal import Flags
internal import FoundationEssentials
internal import Glibc
package import HTTPClient
internal import Reactor

/// Whether the switch can be turned, and turned back: the guide's "feature flag configured" and "rollback plan tested".
package struct FlagChecks: Sendable {
  package var place: FlagLocation
  package var source: any FlagSource
  package var name: String
  /// The admin port, to show that the proxy noticed nothing; nil: not known.
  package var admin: HTTPEndpoint?
  /// Who runs the drill, and from where, as the audit trail has it.
  package var author: String
  package var origin: String

  package init(
    place: FlagLocation, source: any FlagSource, name: String, admin: HTTPEndpoint?, author: String, origin: String
  ) {
    self.place = place
    self.source = source
    self.name = name
    self.admin = admin
    self.author = author
    self.origin = origin
  }

  package var all: [Check] {
    [
      Check("Flag") { limit throws(CheckFault) in try readable(limit) },
      Check("Rollback drill", limitNanoseconds: 20_000_000_000) { limit throws(CheckFault) in try drill(limit) },
    ]
  }

  // MARK: The flag

  private func readable(_ limit: TimeLimit) throws(CheckFault) -> CheckOutcome {
    let flag = try call { () throws(FlagStoreError) in try source.flag(named: name) }
    let state = flag.isEnabled ? "\(flag.percentage) %" : "killed, \(flag.percentage) % remembered"
    let text = "\(name): \(state), revision \(flag.revision), in \(place)"
    if case .file(let path) = place, let fault = Self.writingFault(path) { return fault }
    guard flag.isEnabled else { return .warn(text, advice: "turnout restore ends the kill.") }
    let status = status(limit)
    if let inForce = status?.flags?.first(where: { $0.name == name }),
      !inForce.enabled || inForce.percentage != flag.percentage.number
    {
      let other = inForce.enabled ? "\((try? Percentage(inForce.percentage))?.description ?? "?") %" : "a kill"
      return .warn(
        "\(text); the proxy has \(other) in force, the store says \(flag.percentage) %",
        advice:
          "See turnout status: the proxy reads another store, cannot read this one, or has a kill switch of its own. "
          + "Until both are the same, a change here may not reach it.")
    }
    guard flag.percentage == .zero else {
      return .warn(
        text,
        advice:
          "Users go to unified already, so that the baseline is not that of day 0. If the migration has not begun: "
          + "turnout set 0, then run this again.")
    }
    return .pass(text)
  }

  /// What the drill beside the file cannot find: the audit trail and the lock belong to the file itself.
  private static func writingFault(_ path: String) -> CheckOutcome? {
    guard let resolved = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(resolved) }
    let target = unsafe String(cString: resolved)
    let trail = (target.hasSuffix(".json") ? String(target.dropLast(5)) : target) + ".audit.jsonl"
    guard unsafe access(trail, F_OK) == 0, unsafe access(trail, W_OK) != 0 else { return nil }
    return .fail(
      "\(trail) cannot be written", advice: "A change would be refused: give it to the user who runs turnout set.")
  }

  // MARK: The drill

  /// The steps of a rollback, on a flag of its own in the same store; each is read back by whoever reads flags.
  private func drill(_ limit: TimeLimit) throws(CheckFault) -> CheckOutcome {
    let before = try? source.flag(named: name)
    let generation = generation(limit)
    let scratch = try call { () throws(FlagStoreError) in try ScratchFlag(beside: place) }
    let times: [String]
    do throws(CheckFault) { times = try steps(scratch.source, limit) } catch {
      // What stopped the drill may stop this too; then it expires.
      try? scratch.remove()
      throw error
    }
    try call { () throws(FlagStoreError) in try scratch.remove() }
    let text = "set 10, set 50, kill, restore: \(times.joined(separator: ", ")) ms, each read back"
    guard let before, let after = try? source.flag(named: name) else { return .pass(text) }
    guard before == after else {
      return .warn(
        "\(text); \(name) was changed meanwhile, by \(after.updatedBy ?? "somebody")",
        advice: "That was not the drill, which has a flag of its own: see turnout log.")
    }
    return .pass("\(text); \(name) untouched\(told(generation, limit))")
  }

  private func told(_ before: UInt64?, _ limit: TimeLimit) -> String {
    guard let before, let after = generation(limit) else { return "" }
    return before == after ? ", proxy still at generation \(after)" : ", proxy at generation \(after), was \(before)"
  }

  private func steps(_ store: any FlagSource, _ limit: TimeLimit) throws(CheckFault) -> [String] {
    var times: [String] = []
    for (edit, words, percentage, isEnabled) in Self.plan {
      let begin = MonotonicClock.now()
      let signature = Signature(by: author, from: origin, reason: "rollback drill")
      _ = try call { () throws(FlagStoreError) in
        try store.change(flag: ScratchFlag.name, edit, signed: signature)
      }
      let read = try call { () throws(FlagStoreError) in try store.flag(named: ScratchFlag.name) }
      guard read.percentage == percentage, read.isEnabled == isEnabled else {
        throw CheckFault(
          "\(words) was written, and \(read.percentage) %\(read.isEnabled ? "" : ", killed") was read",
          advice: "Somebody else wrote it, or the store lies: try again, and look at what answers at \(place).")
      }
      times.append(Amount.fixed(Double(MonotonicClock.now() - begin) / 1e6, 1))
      guard !limit.hasPassed else {
        throw CheckFault(
          "\(words) came after \(Amount.time(nanoseconds: limit.allowedNanoseconds)) in all",
          advice: "A kill would be as slow: look at the load of \(place).")
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

  /// Of the flags in force at the proxy.
  private func generation(_ limit: TimeLimit) -> UInt64? { status(limit)?.generation }

  /// Of what the admin port says, what is needed here.
  private struct Status: Decodable {
    struct FlagState: Decodable {
      let name: String
      let enabled: Bool
      let percentage: Double
    }

    let generation: UInt64
    let flags: [FlagState]?
  }

  private func status(_ limit: TimeLimit) -> Status? {
    guard let admin,
      let text = try? admin.get("/api/v1/status", timeout: .nanoseconds(clamping: limit.atMost(2_000_000_000)))
    else { return nil }
    return try? JSONDecoder().decode(Status.self, from: Data(text.utf8))
  }

  private func call<Result>(_ body: () throws(FlagStoreError) -> Result) throws(CheckFault) -> Result {
    do throws(FlagStoreError) { return try body() } catch {
      throw CheckFault(sentence: error.description, or: advice(error))
    }
  }

  private func advice(_ error: FlagStoreError) -> String {
    switch error {
    case .unreachable: "Check the place of the flags (--flags), and that it runs."
    case .refused: "Give the user the rights that docs/redis.md lists."
    case .system, .locked: "Make the folder writable for the user who runs turnout."
    case .unknownFlag, .fileMissing, .invalid, .notAFile: "Mend the flags first: turnout check says all that is wrong."
    default: "Mend that and try again."
    }
  }
}
