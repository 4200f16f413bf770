/// All keys of a conversation are there, expire, and do so together: they are always refreshed in one step.
struct TimeComparison {
  private let keys: [(name: String, value: StoredValue)]
  /// Milliseconds between two keys of one conversation that are nobody's fault: a server of before 7.0 reads its clock
  /// for each.
  private static let tolerance = 1_000

  init(current: StoredValue, _ parts: StoredParts) {
    keys = [("current", current)] + ConversationPart.allCases.map { ($0.rawValue, parts[$0]) }
  }

  var differences: [FieldDifference] {
    let lifetimes = keys.compactMap { if case .text(_, let left?) = $0.value { left } else { nil } }.sorted()
    // Of four the one that most agree with.
    let common = lifetimes.max { agreeing($0, lifetimes) < agreeing($1, lifetimes) }
    return keys.compactMap { name, value in
      switch value {
      case .missing: FieldDifference(name, expected: "a value", found: nil)
      case .text(_, nil): FieldDifference("\(name).ttl", expected: "a time", found: nil)
      case .text(_, let left?):
        common.flatMap { common in
          abs(left - common) <= Self.tolerance
            ? nil : FieldDifference("\(name).ttl", expected: "\(common) ms", found: "\(left) ms")
        }
      case .otherKind, .tooLarge: nil
      }
    }
  }

  private func agreeing(_ left: Int, _ lifetimes: [Int]) -> Int {
    lifetimes.count { abs($0 - left) <= Self.tolerance }
  }
}
