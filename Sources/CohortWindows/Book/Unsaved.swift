import Statistics

/// What is not on disk yet, of one flag.
struct Unsaved: Sendable {
  /// What was counted in a minute since the last time. It names the windows that it belongs to by their beginnings, which
  /// are their names in the fleet: counted again after a restart, they are the same windows.
  struct Delta: Sendable, Equatable {
    var stage: Int
    var minuteFrom: Int
    var hourFrom: Int
    /// How long the minute was by then.
    var minuteNanoseconds: UInt64
    var tally: Tally
  }

  /// When more has piled up, because the disk hangs, all is to be written anew: `isOverflown`.
  static let deltaLimit = 8
  static let limit = 1_024

  private(set) var deltas: [Delta] = []
  /// Windows that were closed and follow from no delta.
  private(set) var kept: [(kind: KeptKind, window: Kept)] = []
  private(set) var stages: [(number: Int, stage: Stage)] = []
  private(set) var marks: [Mark] = []
  private(set) var isOverflown = false

  var isEmpty: Bool { deltas.isEmpty && kept.isEmpty && stages.isEmpty && marks.isEmpty }

  mutating func add(_ new: Delta) {
    guard let last = deltas.last, last.stage == new.stage, last.minuteFrom == new.minuteFrom else {
      return add(new, to: \.deltas, limit: Self.deltaLimit)
    }
    deltas[deltas.count - 1].tally.merge(new.tally)
    deltas[deltas.count - 1].minuteNanoseconds = new.minuteNanoseconds
  }

  mutating func add(_ window: Kept, _ kind: KeptKind) { add((kind, window), to: \.kept, limit: Self.limit) }
  mutating func add(_ stage: Stage, number: Int) { add((number, stage), to: \.stages, limit: Self.limit) }
  mutating func add(_ mark: Mark) { add(mark, to: \.marks, limit: Self.limit) }

  private mutating func add<Item>(_ item: Item, to list: WritableKeyPath<Self, [Item]>, limit: Int) {
    if self[keyPath: list].count < limit { self[keyPath: list].append(item) } else { isOverflown = true }
  }
}
