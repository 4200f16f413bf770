/// Lines of a file that are no messages. They are passed over, counted, and the first of them listed.
package struct BrokenLines: Sendable, Equatable {
  package struct Line: Sendable, Equatable {
    /// From 1.
    package var number: Int
    package var reason: String
  }

  package private(set) var count = 0
  package private(set) var first: [Line] = []

  /// How many are listed.
  package static let listed = 100

  package init() {}

  mutating func add(_ number: Int, _ reason: String) {
    count += 1
    if first.count < Self.listed { first.append(Line(number: number, reason: reason)) }
  }
}
