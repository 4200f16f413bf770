package import Flags
package import Statistics

/// The windows of a flag for a comparison, copied under the lock and still encoded. Decoding takes milliseconds, so `totals`
/// does it off the lock.
struct WindowQuery: Sendable {
  /// A window or a part of one, of one stage.
  struct Piece: Sendable {
    /// The number of our stage; nil when another proxy counted it.
    var number: Int?
    var stage: Stage
    var from: Int
    var content: Content

    enum Content: Sendable {
      case encoded([UInt8])
      case open(Tally)
    }
  }

  private let flag: Flag
  private let own: [NumberedStage]
  private let scope: Scope
  private let now: Int
  private var pieces: [Piece] = []
  private var proxies: Set<String> = []
  private let silent: [String]

  /// Nil before the flags are known.
  init?(_ book: LocalWindows, _ fleet: FleetWindows, flag index: Int, _ scope: Scope, now: Int) {
    guard let flag = book.flag(index) else { return nil }
    self.flag = flag
    self.scope = scope
    self.now = now
    silent = fleet.silent
    let own = book.flags[index]
    self.own = own.table.stages.map { NumberedStage(number: $0.number, stage: $0.stage) }
    let resolution = scope.resolution
    let first = scope.firstNumber(now: now)
    for window in own.ring(resolution == .hour ? .hour : .minute).all where resolution.number(of: window.from) >= first
    {
      if let stage = own.table[window.stage] {
        pieces.append(Piece(number: window.stage, stage: stage, from: window.from, content: .encoded(window.bytes)))
      }
    }
    let open = resolution == .hour ? own.hour : own.minute
    if let stage = own.table[open.stage] {
      pieces.append(Piece(number: open.stage, stage: stage, from: open.from, content: .open(open.content)))
    }
    for (number, window) in fleet.flags[index][resolution] where number >= first {
      proxies.formUnion(window.proxies)
      for group in window.groups {
        pieces.append(Piece(stage: group.stage, from: group.from, content: .encoded(group.tally)))
      }
    }
  }

  /// Decodes and sums the windows.
  func totals() -> PeriodTotals {
    let last = Stage(split: Split(flag), from: now, revision: flag.revision, isSeen: false)
    let current = own.last ?? NumberedStage(number: 0, stage: last)
    let matcher = StageMatcher(own: own, others: pieces.filter { $0.number == nil }.map(\.stage))
    var parts: [PeriodTotals.Part]
    var from: Int
    switch scope {
    case .stage:
      let present = CurrentStage(current, in: matcher)
      var stage = current.stage
      stage.from = min(present.begin.from, now)
      let chosen = pieces.filter { present.contains($0.stage, number: $0.number, from: $0.from) }
      parts = [PeriodTotals.Part(stage: stage, from: stage.from, tally: sum(chosen))]
      from = max(stage.from, (scope.firstNumber(now: now)) * scope.resolution.milliseconds)
    case .since:
      parts = byStage(matcher)
      if parts.isEmpty { parts = [PeriodTotals.Part(stage: current.stage, from: now, tally: Tally())] }
      from = min(now, parts.map(\.from).min() ?? now)
    }
    parts.sort { $0.from < $1.from }
    return PeriodTotals(
      flag: flag, from: from, to: now, parts: parts, proxies: proxies.count + 1, silentProxies: silent)
  }

  /// Groups our own windows by their stage and those of other proxies by our matching stage; without one, by beginning and
  /// split.
  private func byStage(_ matcher: StageMatcher) -> [PeriodTotals.Part] {
    var groups: [(number: Int?, stage: Stage, pieces: [Piece])] = []
    for piece in pieces {
      let own = piece.number.map { NumberedStage(number: $0, stage: piece.stage) }
      let known = own ?? matcher.own(piece.stage, piece.from)
      let stage = known?.stage ?? piece.stage
      let index = groups.firstIndex { group in
        guard group.number == nil, known == nil else { return group.number == known?.number }
        return abs(group.stage.from - stage.from) <= FleetWindow.tolerance && matcher.areOne(group.stage, stage)
      }
      if let index { groups[index].pieces.append(piece) } else { groups.append((known?.number, stage, [piece])) }
    }
    var parts = groups.map { group in
      let from = group.pieces.map(\.from).min() ?? group.stage.from
      return PeriodTotals.Part(stage: group.stage, from: from, tally: sum(group.pieces))
    }
    parts.removeAll { $0.tally.isEmpty && $0.stage != own.last?.stage }
    return joined(parts.sorted { $0.from < $1.from }, matcher)
  }

  /// Joins consecutive stages with the same split when no proxy saw a change between them.
  private func joined(_ parts: [PeriodTotals.Part], _ matcher: StageMatcher) -> [PeriodTotals.Part] {
    parts.reduce(into: []) { joined, part in
      if let last = joined.last, !part.stage.isSeen, matcher.areOne(last.stage, part.stage) {
        joined[joined.count - 1].tally.merge(part.tally)
      } else {
        joined.append(part)
      }
    }
  }

  private func sum(_ pieces: [Piece]) -> Tally {
    pieces.reduce(into: Tally()) { sum, piece in
      switch piece.content {
      case .open(let tally): sum.merge(tally)
      case .encoded(let bytes): if let tally = try? Tally(encoded: bytes) { sum.merge(tally) }
      }
    }
  }
}

extension Scope {
  var resolution: Resolution {
    switch self {
    case .stage: .hour
    case .since(let seconds): seconds > 3_600 ? .hour : .minute
    }
  }

  /// The number of the first window.
  func firstNumber(now: Int) -> Int {
    switch self {
    case .stage: resolution.number(of: now) - 168
    case .since(let seconds): resolution.number(of: now - seconds * 1_000)
    }
  }
}

/// The counts of one flag over a period, stage by stage: the input of a comparison.
package struct PeriodTotals: Sendable {
  package var flag: Flag
  package var from: Int
  package var to: Int
  /// The oldest first; at least one.
  package var parts: [Part]
  /// How many proxies contributed, this one included.
  package var proxies: Int
  package var silentProxies: [String]
  /// The thresholds that this proxy uses now; nil before there are any.
  package var thresholds: LatencyThresholds?

  /// A stage, or the part of it within the period.
  package struct Part: Sendable {
    package var stage: Stage
    package var from: Int
    package var tally: Tally
  }

  /// All stages together.
  package var total: Tally { parts.dropFirst().reduce(into: parts[0].tally) { $0.merge($1.tally) } }
}

/// Where the period of a comparison begins.
package enum Scope: Sendable, Equatable {
  /// At the last change of the split, at most a week ago.
  case stage
  /// This many seconds ago, rounded down to a whole minute, or to a whole hour beyond an hour.
  case since(seconds: Int)
}
