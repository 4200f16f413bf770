/// One field that is not as the legacy context says, or not as it has to be.
package struct FieldDifference: Sendable, Equatable {
  /// `meta.role`, `history[3].content`, `state`, `current`, `history.ttl`.
  package var field: String
  /// What is expected; nil: nothing.
  package var expected: String?
  /// What is there; nil: nothing.
  package var found: String?

  /// A report quotes so much of a value, in characters.
  private static let quoted = 200

  init(_ field: String, expected: String?, found: String?) {
    self.field = field
    self.expected = expected.map { String($0.prefix(Self.quoted)) }
    self.found = found.map { String($0.prefix(Self.quoted)) }
  }

  init(_ field: String, expected: [UInt8]?, found: [UInt8]?) {
    self.init(
      field, expected: expected.map { String(decoding: $0, as: UTF8.self) },
      found: found.map { String(decoding: $0, as: UTF8.self) })
  }

  init(_ field: String, expected: Int?, found: Int?) {
    self.init(field, expected: expected.map { "\($0)" }, found: found.map { "\($0)" })
  }
}
