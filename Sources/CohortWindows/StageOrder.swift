/// Which stages with the same split are one, though several proxies tell of them.
///
/// Our own are told apart by their numbers. Of those of the others we know the moment, by a clock that may differ by
/// `FleetSpan.tolerance`, and the revision of the flag. Revisions tell apart what happened at about the same time: 10 % at
/// revision 1, 60 % at 2 and 10 % again at 3 are three stages, also within a second. They need not be equal: a proxy that
/// starts late, or that hears of two changes at once, begins the same stage at a later revision.
struct StageOrder: Sendable {
  struct Own: Sendable {
    var number: Int
    var stage: Stage
  }

  /// The oldest first.
  let own: [Own]
  let others: [Stage]
  /// Changes that somebody saw.
  private let seen: [Stage]

  init(own: [Own], others: [Stage]) {
    self.own = own
    self.others = others
    seen = (own.map(\.stage) + others).filter(\.isSeen)
  }

  /// Whether no change to another split is known between them.
  func areOne(_ one: Stage, _ other: Stage) -> Bool {
    let (first, last) = (min(one.revision, other.revision), max(one.revision, other.revision))
    return one.split == other.split
      && !seen.contains { $0.split != one.split && $0.revision > first && $0.revision < last }
  }

  /// The stage of ours that something of another proxy belongs to: the last that had begun by then. Of one that began at
  /// about the same time the revision tells.
  func own(_ stage: Stage, _ from: Int) -> Own? {
    let begun = own.filter { $0.stage.split == stage.split && $0.stage.from <= from + FleetSpan.tolerance }
    let certain = begun.last { $0.stage.from < from - FleetSpan.tolerance }
    let near = begun.filter { $0.number > certain?.number ?? 0 }
    return near.last { $0.stage.revision == stage.revision } ?? near.last { areOne($0.stage, stage) } ?? certain
  }

  /// The numbers of our stages that are one with `current`: itself, and those before a local kill or a restart. What is
  /// not seen and not killed was changed while this process was away.
  func run(of current: Own) -> (numbers: Set<Int>, from: Int) {
    var run = (numbers: [current.number] as Set, from: current.stage.from)
    guard !current.stage.isSeen else { return run }
    for earlier in own.reversed() where earlier.number < current.number {
      if earlier.stage.split == current.stage.split {
        run.numbers.insert(earlier.number)
        run.from = earlier.stage.from
        if earlier.stage.isSeen { break }
      } else if earlier.stage.isSeen || earlier.stage.split.isEnabled {
        break
      }
    }
    return run
  }
}
