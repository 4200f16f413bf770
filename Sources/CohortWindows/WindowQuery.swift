import Flags
import Statistics

/// Windows of a flag taken out of the books, still encoded: reading them takes milliseconds, and nobody is to wait for
/// that.
struct WindowQuery: Sendable {
  /// Some of the time that is asked for, from one stage.
  struct Piece: Sendable {
    /// Of our stage that it belongs to; nil: another proxy counted it.
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
  private let own: [StageOrder.Own]
  private let scope: Scope
  private let now: Int
  private var pieces: [Piece] = []
  private var proxies: Set<String> = []
  private let silent: [String]

  /// Nil before the flags are known.
  init?(_ book: WindowBook, _ fleet: FleetBook, flag index: Int, _ scope: Scope, now: Int) {
    guard let flag = book.flag(index) else { return nil }
    self.flag = flag
    self.scope = scope
    self.now = now
    silent = fleet.silent
    let own = book.flags[index]
    self.own = own.table.stages.map { StageOrder.Own(number: $0.number, stage: $0.stage) }
    let resolution = scope.resolution
    let first = scope.firstNumber(now: now)
    for kept in own.kept(resolution == .hour ? .hour : .minute).all where resolution.number(of: kept.from) >= first {
      if let stage = own.table[kept.stage] {
        pieces.append(Piece(number: kept.stage, stage: stage, from: kept.from, content: .encoded(kept.bytes)))
      }
    }
    let open = resolution == .hour ? own.hour : own.minute
    if let stage = own.table[open.stage] {
      pieces.append(Piece(number: open.stage, stage: stage, from: open.from, content: .open(open.content)))
    }
    for (number, span) in fleet.flags[index][resolution] where number >= first {
      proxies.formUnion(span.proxies)
      for group in span.groups {
        pieces.append(Piece(stage: group.stage, from: group.from, content: .encoded(group.tally)))
      }
    }
  }

  /// The sums. Off the lock.
  func measured() -> Measured {
    let last = Stage(split: Split(flag), from: now, revision: flag.revision, isSeen: false)
    let current = own.last ?? StageOrder.Own(number: 0, stage: last)
    let order = StageOrder(own: own, others: pieces.filter { $0.number == nil }.map(\.stage))
    var parts: [Measured.Part]
    var from: Int
    switch scope {
    case .stage:
      let present = PresentStage(current, in: order)
      var stage = current.stage
      stage.from = min(present.begin.from, now)
      let chosen = pieces.filter { present.holds($0.stage, number: $0.number, from: $0.from) }
      parts = [Measured.Part(stage: stage, from: stage.from, tally: sum(chosen))]
      from = max(stage.from, (scope.firstNumber(now: now)) * scope.resolution.milliseconds)
    case .since:
      parts = byStage(order)
      if parts.isEmpty { parts = [Measured.Part(stage: current.stage, from: now, tally: Tally())] }
      from = min(now, parts.map(\.from).min() ?? now)
    }
    parts.sort { $0.from < $1.from }
    return Measured(
      flag: flag, from: from, to: now, parts: parts, proxies: proxies.count + 1, silentProxies: silent)
  }

  /// Our own pieces by the stage that they were counted in, those of the others by the one of ours that they belong to;
  /// what belongs to none of ours by beginning and split.
  private func byStage(_ order: StageOrder) -> [Measured.Part] {
    var groups: [(number: Int?, stage: Stage, pieces: [Piece])] = []
    for piece in pieces {
      let own = piece.number.map { StageOrder.Own(number: $0, stage: piece.stage) }
      let known = own ?? order.own(piece.stage, piece.from)
      let stage = known?.stage ?? piece.stage
      let index = groups.firstIndex { group in
        guard group.number == nil, known == nil else { return group.number == known?.number }
        return abs(group.stage.from - stage.from) <= FleetSpan.tolerance && order.areOne(group.stage, stage)
      }
      if let index { groups[index].pieces.append(piece) } else { groups.append((known?.number, stage, [piece])) }
    }
    var parts = groups.map { group in
      let from = group.pieces.map(\.from).min() ?? group.stage.from
      return Measured.Part(stage: group.stage, from: from, tally: sum(group.pieces))
    }
    parts.removeAll { $0.tally.isEmpty && $0.stage != own.last?.stage }
    return joined(parts.sorted { $0.from < $1.from }, order)
  }

  /// What follows on the same split without a change that was seen is the same stage.
  private func joined(_ parts: [Measured.Part], _ order: StageOrder) -> [Measured.Part] {
    parts.reduce(into: []) { joined, part in
      if let last = joined.last, !part.stage.isSeen, order.areOne(last.stage, part.stage) {
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

  /// Of the first window.
  func firstNumber(now: Int) -> Int {
    switch self {
    case .stage: resolution.number(of: now) - 168
    case .since(let seconds): resolution.number(of: now - seconds * 1_000)
    }
  }
}
