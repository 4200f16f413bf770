/// The stages of one flag by number, and its marks: the last 256 of each.
struct StageTable: Sendable {
  static let capacity = 256
  /// What is read as the number of a stage is at most this: there is always a next one.
  static let numberLimit = 1 << 48

  private(set) var stages: [(number: Int, stage: Stage)] = []
  private(set) var marks: [Mark] = []

  var current: (number: Int, stage: Stage)? { stages.last }

  subscript(number: Int) -> Stage? { stages.last { $0.number == number }?.stage }

  /// The number of the new one.
  @discardableResult
  mutating func begin(_ stage: Stage) -> Int {
    let number = (stages.last?.number ?? 0) + 1
    restore(stage, number: number)
    return number
  }

  /// As it was kept on disk.
  mutating func restore(_ stage: Stage, number: Int) {
    guard number > stages.last?.number ?? 0 else { return }
    stages.append((number, stage))
    if stages.count > Self.capacity { stages.removeFirst() }
  }

  mutating func add(_ mark: Mark) {
    marks.append(mark)
    if marks.count > Self.capacity { marks.removeFirst() }
  }
}
