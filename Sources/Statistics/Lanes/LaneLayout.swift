/// What the counters of a worker's lane stand for: their places, and the names people know them by. The worker keeps
/// `indices`; the names are for the control plane.
package struct LaneLayout: Sendable, Equatable {
  /// In the order of their numbers, each once.
  package let flags: [String]
  /// In the order of their numbers, each once.
  package let localResponses: [LocalResponseLabel]
  package let indices: LaneIndices

  package init(flags: [String], localResponses: [LocalResponseLabel]) {
    self.flags = flags
    self.localResponses = localResponses
    indices = LaneIndices(flagCount: flags.count, localResponseCount: localResponses.count)
  }

  /// Counters in a lane, which may be added up with those of others.
  package var counterCount: Int { indices.counterCount }
  /// Words in a lane.
  package var wordCount: Int { indices.wordCount }

  /// What people call a group: the flag's name, and `none` for the routes with a fixed cohort; in parentheses where a
  /// flag has that very name.
  package func label(ofGroup group: Int) -> String {
    guard group == indices.fixedGroup else { return flags[group] }
    var label = "none"
    while flags.contains(label) { label = "(\(label))" }
    return label
  }
}
