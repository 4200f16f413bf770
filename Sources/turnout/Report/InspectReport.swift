import Bytes
import Conversations
import Diagnostics

/// The state of the contexts, as text of 80 columns: each figure beside the baseline, the bounds, and one sentence.
struct InspectReport {
  /// The address of the Redis, without its password.
  var redis: String
  /// By whose patterns users are masked.
  var kinds: KeyKinds
  var state: ContextsState
  var baseline: ContextsState?
  var samples: [SampledContext]
  /// The first ten keys that never expire.
  var endless: [[UInt8]]
  var showsUsers: Bool
  /// Why the traffic is unknown.
  var trafficFault: CheckError?

  static let width = 80

  var judgements: [InspectBounds.Judgement] { InspectBounds.judge(state, baseline: baseline) }
  var isCrossed: Bool { judgements.contains { $0.state == .crossed } }
  var sentence: String { InspectBounds.sentence(judgements, baseline: baseline) }

  var text: String {
    let before = baseline.map { ", baseline of \($0.at)\($0.isDayZero ? " (day 0)" : "")" } ?? ""
    let head = "\(redis), \(state.at)\(before)"
    let parts = [Column.wrapped(head, Self.width), memory, kindLines, lifetimes, sampleLines, traffic, bounds]
    let lines = parts.filter { !$0.isEmpty }.joined(separator: [""])
    return (lines + [""] + Column.wrapped(sentence, Self.width)).joined(separator: "\n") + "\n"
  }

  // MARK: Redis

  private var memory: [String] {
    let now = state.memory
    func row(_ name: String, _ value: String, _ before: String?) -> String {
      Column.left(name, 17) + Column.right(value, 14) + (before.map { Column.right($0, 14) } ?? "")
    }
    let before = baseline?.memory
    let change = before.map { before in
      before.used > 0 ? "  " + InspectBounds.percent(Double(now.used) / Double(before.used) - 1) : ""
    }
    return [
      row("memory", "now", before == nil ? nil : "baseline"),
      row("  used", NumberText.bytes(now.used), before.map { NumberText.bytes($0.used) }) + (change ?? ""),
      row("  peak", NumberText.bytes(now.peak), before.map { NumberText.bytes($0.peak) }),
      row("  maxmemory", limit(now), before.map(limit)),
      row(
        "  fragmentation", NumberText.fixed(now.fragmentation, 2), before.map { NumberText.fixed($0.fragmentation, 2) }),
    ]
  }

  private func limit(_ memory: ContextsState.Memory) -> String {
    memory.most == 0 ? "none" : NumberText.bytes(memory.most)
  }

  private var kindLines: [String] {
    let head =
      Column.left("keys", 17) + Column.right("now", 14) + (baseline == nil ? "" : Column.right("baseline", 14))
      + Column.right("bytes of one", 14) + Column.right("of all", 12)
    var rows = ContextKeyKind.allCases.map { kind in
      row(
        kind.rawValue.replacing("_", with: " "), state.keys(kind), baseline?.keys(kind),
        state.kinds[kind.rawValue]?.bytes, state.bytes(kind))
    }
    let (ours, before) = (total(state), baseline.map(total))
    rows.append(row("others", state.keys - ours, baseline.map { $0.keys - (before ?? 0) }, nil, nil))
    return [head] + rows
  }

  private func row(_ name: String, _ now: Int, _ before: Int?, _ bytes: Int?, _ all: Int?) -> String {
    let text =
      Column.left("  " + name, 17) + Column.right(NumberText.count(now), 14)
      + (baseline == nil ? "" : Column.right(before.map(NumberText.count) ?? "-", 14))
      + Column.right(bytes.map(NumberText.bytes) ?? "", 14)
      + Column.right(now > 0 ? all.map(NumberText.bytes) ?? "" : "", 12)
    return Column.trimmedEnd(text)
  }

  private func total(_ state: ContextsState) -> Int { ContextKeyKind.allCases.reduce(0) { $0 + state.keys($1) } }

  // MARK: Lifetimes

  private static let spans = ["1 min", "5 min", "15 min", "30 min", "1 h", "1 d", "7 d", "longer"]

  private var lifetimes: [String] {
    var lines = [
      Column.left("expire within", 17) + Column.right("legacy keys", 14) + Column.right("unified keys", 14)
    ]
    for (index, span) in Self.spans.enumerated() {
      lines.append(lifetime(span, state.legacy.buckets[index], state.unified.buckets[index]))
    }
    lines.append(lifetime("never", state.legacy.endless, state.unified.endless))
    if !endless.isEmpty {
      let names = endless.map { "    " + Column.cut(shown($0), Self.width - 4) }
      let all = state.legacy.endless + state.unified.endless
      lines += ["  without expiry\(all > names.count ? ", the first \(names.count)" : ""):"] + names
    }
    return lines
  }

  private func lifetime(_ span: String, _ legacy: Int, _ unified: Int) -> String {
    Column.left("  " + span, 17) + Column.right(NumberText.count(legacy), 14)
      + Column.right(NumberText.count(unified), 14)
  }

  // MARK: A sample

  private var sampleLines: [String] {
    guard !samples.isEmpty else { return [] }
    return ["sample"]
      + samples.flatMap { context in
        let left = context.secondsLeft.map { NumberText.duration(seconds: $0) + " left" } ?? "never expires"
        let messages = context.messages.map { counted($0, "message") + ", " } ?? ""
        let facts = "\(messages)\(left)"
        let key = Column.cut(shown(context.key), Self.width - facts.count - 4)
        var lines = [Column.left("  " + key, Self.width - facts.count) + facts]
        if !context.last.isEmpty {
          lines.append("    " + Column.cut(Console.printable(context.last), Self.width - 4))
        }
        return lines
      }
  }

  private func shown(_ key: [UInt8]) -> String {
    Console.printable(showsUsers ? String(decoding: key, as: UTF8.self) : UserMask.text(key: key, kinds))
  }

  // MARK: Traffic

  private var traffic: [String] {
    guard let traffic = state.traffic else {
      guard let fault = trafficFault else { return [] }
      return Column.wrapped("Traffic is unknown: \(Console.printable(fault.found)). \(fault.advice)", Self.width)
    }
    let span = NumberText.duration(seconds: Int(traffic.seconds))
    let head =
      Column.left("traffic", 17) + Column.right("legacy", 14) + Column.right("unified", 14)
      + (baseline?.traffic == nil ? "" : Column.right("baseline", 14))
    let rows: [(String, (Traffic.Cohort) -> String)] = [
      ("requests", { NumberText.count($0.requests) }),
      ("errors", { $0.errorShare.map { NumberText.fixed($0 * 100, 2) + " %" } ?? "-" }),
      ("mean", { $0.mean.map { NumberText.fixed($0, 1) + " ms" } ?? "-" }),
      ("p95", { $0.p95.map { NumberText.fixed($0, 1) + " ms" } ?? "-" }),
      ("created", { NumberText.count($0.created) }),
      ("created per 1000", { $0.createdShare.map { NumberText.fixed($0 * 1_000, 1) } ?? "-" }),
    ]
    let lines = rows.map { name, value in
      Column.left("  " + name, 17 + (name.count > 14 ? 1 : 0))
        + Column.right(value(traffic.legacy), 14 - (name.count > 14 ? 1 : 0)) + Column.right(value(traffic.unified), 14)
        + (baseline?.traffic.map { Column.right(value($0.both), 14) } ?? "")
    }
    let flag = "  \(traffic.flag) at \(NumberText.fixed(traffic.percentage, 1)) %, the last \(span)"
    return [head] + lines + [Column.cut(flag, Self.width)]
  }

  // MARK: Bounds

  private var bounds: [String] {
    ["bounds"]
      + judgements.map { judgement in
        let word = judgement.state == .crossed ? "CROSSED" : judgement.state == .within ? "holds" : "-"
        return Column.left("  " + judgement.name, 19) + Column.left(word, 9) + judgement.text
      }
  }
}

/// The document of `inspect --json`.
struct InspectDocument: Encodable {
  struct Context: Encodable {
    let key: String
    let secondsLeft: Int?
    let messages: Int?
    let last: String

    enum CodingKeys: String, CodingKey {
      case key, messages, last
      case secondsLeft = "seconds_left"
    }
  }

  let redis: String
  let crossed: Bool
  let sentence: String
  let now: ContextsState
  let baseline: ContextsState?
  let bounds: [InspectBounds.Judgement]
  let sample: [Context]
  /// The first ten keys that never expire.
  let endless: [String]

  init(_ report: InspectReport) {
    func shown(_ key: [UInt8]) -> String {
      report.showsUsers ? String(decoding: key, as: UTF8.self) : UserMask.text(key: key, report.kinds)
    }
    redis = report.redis
    crossed = report.isCrossed
    sentence = report.sentence
    now = report.state
    baseline = report.baseline
    bounds = report.judgements
    sample = report.samples.map { context in
      Context(
        key: shown(context.key), secondsLeft: context.secondsLeft, messages: context.messages, last: context.last)
    }
    endless = report.endless.map(shown)
  }
}
