/// What belongs to the stage that is in force in the fleet.
struct PresentStage: Sendable {
  /// The latest change into the split that any proxy saw. Without one, the earliest moment at which any proxy had it.
  let begin: Stage
  private let order: StageOrder
  private let numbers: Set<Int>
  /// Others saw it begin later than we did: while we were away.
  private let isNewer: Bool

  init(_ current: StageOrder.Own, in order: StageOrder) {
    self.order = order
    let run = order.run(of: current)
    numbers = run.numbers
    begin = Self.begin(current.stage, order, run)
    isNewer = begin.from > run.from + FleetSpan.tolerance
  }

  private static func begin(_ current: Stage, _ order: StageOrder, _ run: (numbers: Set<Int>, from: Int)) -> Stage {
    let own = order.own.filter { run.numbers.contains($0.number) }.map(\.stage)
    let same = own + order.others.filter { $0.split == current.split } + [current]
    let seen = same.filter(\.isSeen)
    guard let latest = seen.map(\.from).max() else {
      return same.filter { order.areOne($0, current) }.min { $0.from < $1.from } ?? current
    }
    let last = seen.filter { $0.from >= latest - FleetSpan.tolerance }.max {
      ($0.revision, $0.from) < ($1.revision, $1.from)
    }
    guard let last else { return current }
    // We saw it leave that split since, but not come back: that happened while we were away.
    let hasLeft = order.own.map(\.stage).contains { stage in
      guard stage.isSeen, stage.split != current.split else { return false }
      let isLater = stage.from > last.from + FleetSpan.tolerance
      return isLater || stage.revision > last.revision && stage.from >= last.from - FleetSpan.tolerance
    }
    return hasLeft ? current : last
  }

  /// Whether a window that began at that moment belongs to it. `number` is of our stage; nil: of another proxy.
  func holds(_ stage: Stage, number: Int?, from: Int) -> Bool {
    let isInTime = from >= begin.from - FleetSpan.tolerance
    if let number { return numbers.contains(number) && (!isNewer || isInTime) }
    guard stage.split == begin.split, isInTime else { return false }
    // Long after the beginning no other stage is possible.
    if from > begin.from + FleetSpan.tolerance || stage.revision == begin.revision { return true }
    let isOlder = begin.isSeen && stage.revision < begin.revision && stage.from < begin.from - FleetSpan.tolerance
    return !isOlder && order.areOne(stage, begin)
  }
}
