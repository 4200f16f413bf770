internal import Bytes
internal import Conversations
internal import Flags

/// Compares the current state with the baseline by the bounds of the guide's section 3.1.
///
/// It judges a bound only where there is enough data; the statistics proper are those of `turnout compare`.
package enum InspectBounds {
  /// For latency and errors: with fewer, one slow request would cross a bound.
  package static let fewestRequests = 100
  /// For created conversations: with this many expected, a loss of 20 % happens by chance once in 40 times.
  package static let fewestCreations = 100.0

  /// Milliseconds of mean latency above the baseline: the goal of the guide's success criteria, and the alarm of section 3.1.
  static let (goal, alarm) = (50.0, 100.0)

  package enum State: String, Codable, Sendable {
    case within
    case crossed
    /// Too little data, or no baseline.
    case unknown
  }

  /// The result for one bound; latency, errors and created conversations have one per cohort.
  package struct Judgement: Codable, Sendable, Equatable {
    package var name: String
    package var state: State
    /// What was found and what is allowed, for people.
    package var text: String
  }

  /// - Parameter baseline: nil: none is stored.
  package static func judge(_ now: ContextsState, baseline: ContextsState?) -> [Judgement] {
    var judgements = [memory(now, baseline)] + [exchanges(now)].compactMap(\.self)
    guard let traffic = now.traffic else {
      return judgements + [Judgement(name: "traffic", state: .unknown, text: "no proxy responds")]
    }
    for (name, cohort) in [("legacy", traffic.legacy), ("unified", traffic.unified)] {
      judgements.append(errors(name, cohort))
      judgements.append(latency(name, cohort, baseline?.traffic?.both))
      // Where the servers do not report it, the values in Redis tell.
      if traffic.both.created == 0, baseline?.traffic?.both.created ?? 0 == 0 {
        judgements.append(creation(name, rate(now, name), baseline.flatMap { rate($0, "legacy") }))
      } else {
        judgements.append(creation(name, counted: cohort, baseline?.traffic?.both))
      }
    }
    return judgements
  }

  /// The requests of a cohort, with the contexts that began in the meantime by the sample; nil: unknown.
  private static func rate(_ state: ContextsState, _ name: String) -> Traffic.Cohort? {
    guard let traffic = state.traffic, traffic.seconds > 0, let activity = state.activity,
      let created = activity.created(name == "legacy" ? .legacy : .unified)
    else { return nil }
    var cohort = name == "legacy" ? traffic.legacy : traffic.unified
    cohort.created = Int(clamping: Int64((created * traffic.seconds / Double(ContextActivity.periodSeconds)).rounded()))
    return cohort
  }

  private static func creation(_ name: String, _ cohort: Traffic.Cohort?, _ before: Traffic.Cohort?) -> Judgement {
    guard let cohort else {
      return Judgement(name: "\(name) created", state: .unknown, text: "no context says when it began")
    }
    return creation(name, counted: cohort, before)
  }

  /// The share of conversations with one exchange from which on the context path counts as broken: where each message begins
  /// another conversation, it is nearly all.
  static let mostSingle = 0.9

  /// Nil while too few conversations tell.
  private static func exchanges(_ now: ContextsState) -> Judgement? {
    guard let share = now.activity?.singleExchangeShare else { return nil }
    return Judgement(
      name: "one exchange", state: share > mostSingle ? .crossed : .within,
      text: "\(NumberText.fixed(share * 100, 1)) % of conversations, at most \(Int(mostSingle * 100)) %")
  }

  private static func memory(_ now: ContextsState, _ baseline: ContextsState?) -> Judgement {
    guard let before = baseline?.memory.used, before > 0 else {
      return Judgement(name: "memory", state: .unknown, text: "no baseline")
    }
    let share = Double(now.memory.used) / Double(before) - 1
    return Judgement(
      name: "memory", state: share > 0.5 ? .crossed : .within, text: "\(percent(share)) of at most +50 %")
  }

  private static func errors(_ name: String, _ cohort: Traffic.Cohort) -> Judgement {
    guard cohort.requests >= fewestRequests, let share = cohort.errorShare else { return few("\(name) errors", cohort) }
    return Judgement(
      name: "\(name) errors", state: share > 0.01 ? .crossed : .within,
      text: "\(NumberText.fixed(share * 100, 2)) % of at most 1 %")
  }

  private static func latency(_ name: String, _ cohort: Traffic.Cohort, _ before: Traffic.Cohort?) -> Judgement {
    let name = "\(name) latency"
    guard let before, before.requests >= fewestRequests, let old = before.mean else {
      return Judgement(name: name, state: .unknown, text: "no baseline")
    }
    guard cohort.requests >= fewestRequests, let mean = cohort.mean else { return few(name, cohort) }
    let slowest = cohort.p95.flatMap { p95 in before.p95.map { ", p95 \(milliseconds(p95 - $0))" } } ?? ""
    return Judgement(
      name: name, state: mean - old > alarm ? .crossed : .within,
      text: "\(milliseconds(mean - old))\(slowest); goal +\(Int(goal)) ms, alarm +\(Int(alarm)) ms")
  }

  /// `+1.2 ms`
  private static func milliseconds(_ change: Double) -> String {
    (change >= 0 ? "+" : "") + NumberText.fixed(change, abs(change) < 1_000 ? 1 : 0) + " ms"
  }

  private static func creation(_ name: String, counted cohort: Traffic.Cohort, _ before: Traffic.Cohort?) -> Judgement {
    let name = "\(name) created"
    guard let before, before.requests >= fewestRequests else {
      return Judgement(name: name, state: .unknown, text: "no baseline")
    }
    guard let old = before.createdShare, old > 0 else {
      return Judgement(name: name, state: .unknown, text: "no conversation was created in the baseline")
    }
    guard let share = cohort.createdShare, old * Double(cohort.requests) >= fewestCreations else {
      return few(name, cohort)
    }
    let change = share / old - 1
    return Judgement(
      name: name, state: change < -0.2 ? .crossed : .within, text: "\(percent(change)) of at least -20 %")
  }

  private static func few(_ name: String, _ cohort: Traffic.Cohort) -> Judgement {
    Judgement(name: name, state: .unknown, text: "too few requests (\(NumberText.count(cohort.requests)))")
  }

  package static func percent(_ share: Double) -> String {
    let text = NumberText.fixed(share * 100, 1)
    return (share >= 0 ? "+" : "") + text + " %"
  }

  // MARK: In a sentence

  /// The result in plain words.
  package static func sentence(_ judgements: [Judgement], baseline: ContextsState?) -> String {
    let crossed = judgements.filter { $0.state == .crossed }
    if !crossed.isEmpty {
      let list = crossed.map { "\($0.name) is \($0.text)" }.joined(separator: "; ")
      return "A bound of the guide is crossed: \(list). \(advice(crossed))"
    }
    guard let baseline else {
      return
        "No bound that can be judged is crossed, and there is no baseline: run turnout preflight before the first step."
    }
    let open = judgements.count { $0.state == .unknown }
    return open == 0
      ? "All bounds of the guide hold, against the baseline of \(baseline.at)."
      : "No bound of the guide is crossed against the baseline of \(baseline.at); \(open) of \(judgements.count) cannot "
        + "be judged yet."
  }

  /// A kill frees no memory: the keys stay until they expire.
  private static func advice(_ crossed: [Judgement]) -> String {
    var advice: [String] = []
    if crossed.contains(where: { $0.name == "memory" }) {
      advice.append(
        "For memory, do not raise the percentage: shorten the contexts' TTL (CUSTOMER_CONTEXT_TTL, ADMIN_CONTEXT_TTL), "
          + "raise maxmemory, or at 100 % remove the remaining legacy keys with turnout cleanup legacy.")
    }
    if crossed.contains(where: { $0.name != "memory" }) {
      if crossed.contains(where: { $0.name == "one exchange" }) {
        advice.append(
          "Conversations do not continue: does unified find those that it began, and those that were migrated?")
      }
      advice.append("turnout compare shows whether unified is the cause; turnout kill rolls back.")
    }
    return advice.joined(separator: " ")
  }
}
