import Flags
import Statistics

/// Windows of a flag taken out of the books, still encoded: reading them takes milliseconds, and nobody is to wait for
/// that.
struct Gathering: Sendable {
  /// Some of the time that is asked for, from one stage.
  struct Piece: Sendable {
    var stage: Stage
    var from: Int
    var content: Content

    enum Content: Sendable {
      case encoded([UInt8])
      case open(Tally)
    }
  }

  private let flag: Flag
  private let stages: [Stage]
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
    stages = own.table.stages.map(\.stage)
    let resolution = scope.resolution
    let first = scope.firstNumber(now: now)
    for kept in own.kept(resolution == .hour ? .hour : .minute).all where resolution.number(of: kept.from) >= first {
      if let stage = own.table[kept.stage] {
        pieces.append(Piece(stage: stage, from: kept.from, content: .encoded(kept.bytes)))
      }
    }
    let open = resolution == .hour ? own.hour : own.minute
    if let stage = own.table[open.stage] {
      pieces.append(Piece(stage: stage, from: open.from, content: .open(open.content)))
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
    let current = stages.last ?? Stage(split: Split(flag), from: now, revision: flag.revision, isSeen: false)
    var parts: [Measured.Part]
    var from: Int
    switch scope {
    case .stage:
      let start = stageStart(current)
      let chosen = pieces.filter { $0.stage.split == current.split && $0.from >= start - FleetSpan.tolerance }
      var stage = current
      stage.from = min(start, now)
      parts = [Measured.Part(stage: stage, from: stage.from, tally: sum(chosen))]
      from = max(stage.from, (scope.firstNumber(now: now)) * scope.resolution.milliseconds)
    case .since:
      parts = byStage()
      if parts.isEmpty { parts = [Measured.Part(stage: current, from: now, tally: Tally())] }
      from = min(now, parts.map(\.from).min() ?? now)
    }
    parts.sort { $0.from < $1.from }
    return Measured(
      flag: flag, from: from, to: now, parts: parts, proxies: proxies.count + 1, silentProxies: silent)
  }

  /// When the fleet came to the split that is in force: the latest change into it that any proxy saw. Without one, the
  /// earliest moment at which any proxy had it.
  private func stageStart(_ current: Stage) -> Int {
    let same = pieces.map(\.stage).filter { $0.split == current.split } + [current]
    guard let seen = same.filter(\.isSeen).map(\.from).max() else { return same.map(\.from).min() ?? current.from }
    // We saw it leave that split since, but not come back: that happened while we were away.
    let left = stages.filter { $0.isSeen && $0.split != current.split }.map(\.from).max() ?? 0
    return left > seen + FleetSpan.tolerance ? current.from : seen
  }

  private func byStage() -> [Measured.Part] {
    var groups: [(stage: Stage, pieces: [Piece])] = []
    for piece in pieces {
      let stage = ownStage(of: piece) ?? piece.stage
      let index = groups.firstIndex { group in
        group.stage.split == stage.split && abs(group.stage.from - stage.from) <= FleetSpan.tolerance
      }
      if let index { groups[index].pieces.append(piece) } else { groups.append((stage, [piece])) }
    }
    var parts = groups.map { group in
      let from = group.pieces.map(\.from).min() ?? group.stage.from
      return Measured.Part(stage: group.stage, from: from, tally: sum(group.pieces))
    }
    parts.removeAll { $0.tally.isEmpty && $0.stage != stages.last }
    return joined(parts.sorted { $0.from < $1.from })
  }

  /// The stage as this proxy knows it: exactly, or the last with the same split that had begun then.
  private func ownStage(of piece: Piece) -> Stage? {
    stages.last { $0 == piece.stage }
      ?? stages.last { $0.split == piece.stage.split && $0.from <= piece.from + FleetSpan.tolerance }
  }

  /// What follows on the same split without a change that was seen is the same stage.
  private func joined(_ parts: [Measured.Part]) -> [Measured.Part] {
    parts.reduce(into: []) { joined, part in
      if let last = joined.last, last.stage.split == part.stage.split, !part.stage.isSeen {
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
