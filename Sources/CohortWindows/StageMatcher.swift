/// Matches the stages that other proxies report to our own: which stages with the same split are one.
///
/// Our own stages have numbers. Others report the time, by a clock that may differ by `FleetWindow.tolerance`, and the
/// revision of the flag. Revisions separate stages that began at about the same time: 10 % at revision 1, 60 % at 2 and
/// 10 % again at 3 are three stages, even within a second. Equal stages may have different revisions: a proxy that starts
/// late, or learns of two changes at once, begins the stage at a later revision.
struct StageMatcher: Sendable {
  /// The oldest first.
  let own: [NumberedStage]
  let others: [Stage]
  /// Changes that any proxy saw.
  private let seen: [Stage]

  init(own: [NumberedStage], others: [Stage]) {
    self.own = own
    self.others = others
    seen = (own.map(\.stage) + others).filter(\.isSeen)
  }

  /// Whether the splits are equal and no change to another split is known between them.
  func areOne(_ one: Stage, _ other: Stage) -> Bool {
    let (first, last) = (min(one.revision, other.revision), max(one.revision, other.revision))
    return one.split == other.split
      && !seen.contains { $0.split != one.split && $0.revision > first && $0.revision < last }
  }

  /// Our stage to which a window of another proxy belongs: the last that had begun by then. Among those that began at
  /// about that time the revision decides.
  func own(_ stage: Stage, _ from: Int) -> NumberedStage? {
    let begun = own.filter { $0.stage.split == stage.split && $0.stage.from <= from + FleetWindow.tolerance }
    let certain = begun.last { $0.stage.from < from - FleetWindow.tolerance }
    let near = begun.filter { $0.number > certain?.number ?? 0 }
    return near.last { $0.stage.revision == stage.revision } ?? near.last { areOne($0.stage, stage) } ?? certain
  }

  /// The numbers of our stages that are one with `current`: itself, and those before a local kill or a restart. An enabled
  /// stage in between that was not seen was changed while this process was away, and ends the search.
  func run(of current: NumberedStage) -> (numbers: Set<Int>, from: Int) {
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

/// The stage in force in the fleet: when it began, and which windows belong to it.
struct CurrentStage: Sendable {
  /// The latest change into the split that any proxy saw; without one, the earliest time at which any proxy had it.
  let begin: Stage
  private let order: StageMatcher
  private let numbers: Set<Int>
  /// Others saw it begin later than we did, while we were away.
  private let isNewer: Bool

  init(_ current: NumberedStage, in order: StageMatcher) {
    self.order = order
    let run = order.run(of: current)
    numbers = run.numbers
    begin = Self.begin(current.stage, order, run)
    isNewer = begin.from > run.from + FleetWindow.tolerance
  }

  private static func begin(_ current: Stage, _ order: StageMatcher, _ run: (numbers: Set<Int>, from: Int)) -> Stage {
    let own = order.own.filter { run.numbers.contains($0.number) }.map(\.stage)
    let same = own + order.others.filter { $0.split == current.split } + [current]
    let seen = same.filter(\.isSeen)
    guard let latest = seen.map(\.from).max() else {
      return same.filter { order.areOne($0, current) }.min { $0.from < $1.from } ?? current
    }
    let last = seen.filter { $0.from >= latest - FleetWindow.tolerance }.max {
      ($0.revision, $0.from) < ($1.revision, $1.from)
    }
    guard let last else { return current }
    // We saw the flag leave that split later, but not return: it returned while we were away.
    let hasLeft = order.own.map(\.stage).contains { stage in
      guard stage.isSeen, stage.split != current.split else { return false }
      let isLater = stage.from > last.from + FleetWindow.tolerance
      return isLater || stage.revision > last.revision && stage.from >= last.from - FleetWindow.tolerance
    }
    return hasLeft ? current : last
  }

  /// Whether a window that began at that time belongs to the stage.
  ///
  /// - Parameter number: of our own stage; nil for a window of another proxy.
  func contains(_ stage: Stage, number: Int?, from: Int) -> Bool {
    let isInTime = from >= begin.from - FleetWindow.tolerance
    if let number { return numbers.contains(number) && (!isNewer || isInTime) }
    guard stage.split == begin.split, isInTime else { return false }
    // Long after the beginning it can be no other stage.
    if from > begin.from + FleetWindow.tolerance || stage.revision == begin.revision { return true }
    let isOlder = begin.isSeen && stage.revision < begin.revision && stage.from < begin.from - FleetWindow.tolerance
    return !isOlder && order.areOne(stage, begin)
  }
}

/// A stage of this proxy with its number in `StageTable`.
struct NumberedStage: Sendable {
  var number: Int
  var stage: Stage
}
