/// What a context says in the members that both sides have, as the conversation has them and in canonical form: equal for a
/// legacy value and a conversation in agreement, whatever their white space, escapes, order and other members.
package struct Meaning: Sendable, Equatable {
  /// One line a row; canonical JSON has no line breaks.
  fileprivate(set) var bytes: [UInt8] = []
  /// The members of the conversation, in the same order.
  fileprivate let names: [String]
  /// The index of each in the layout's table.
  fileprivate let rows: [Int]

  package static func == (one: Meaning, other: Meaning) -> Bool { one.bytes == other.bytes }

  /// The members that differ, with their canonical values.
  ///
  /// - Parameter expected: of the same layout.
  package func differences(from expected: Meaning) -> [FieldDifference] {
    let (found, wanted) = (values, expected.values)
    return zip(names, zip(found, wanted)).compactMap { name, values in
      values.0 == values.1 ? nil : FieldDifference(name, expected: Array(values.1), found: Array(values.0))
    }
  }

  /// The rows of the layout's table in which they differ.
  ///
  /// - Parameter other: of the same layout.
  func rows(differingFrom other: Meaning) -> Set<Int> {
    Set(zip(rows, zip(values, other.values)).compactMap { row, values in values.0 == values.1 ? nil : row })
  }

  private var values: [ArraySlice<UInt8>] {
    bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
  }
}

extension Mapping {
  package func meaning(ofLegacy legacy: LegacyDocument) throws(MappingError) -> Meaning {
    let tree = legacy.tree
    return try meaning { member, bytes throws(MappingError) in
      try member.appendMeaning(tree, .legacy, to: &bytes)
    }
  }

  package func meaning(of parts: MappedParts) throws(MappingError) -> Meaning {
    let (state, meta) = (try stateTree(parts.state), try metaTree(parts.meta))
    return try meaning { member, bytes throws(MappingError) in
      try member.appendMeaning(member.part == .state ? state : meta, .unified, to: &bytes)
    }
  }

  private func meaning(
    _ append: (MappedMember, inout [UInt8]) throws(MappingError) -> Void
  ) throws(MappingError) -> Meaning {
    var meaning = Meaning(names: comparedNames, rows: comparedRows)
    meaning.bytes.reserveCapacity(512)
    for member in members where member.legacy != nil && member.unified != nil {
      try append(member, &meaning.bytes)
      meaning.bytes.append(UInt8(ascii: "\n"))
    }
    return meaning
  }
}
