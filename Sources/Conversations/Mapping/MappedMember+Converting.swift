extension MappedMember {
  /// Appends the member as the other side has it. Bytes are moved as they are; a missing member gives the row's value.
  func appendConverted(_ tree: JSONTree, from side: MappingSide, to bytes: inout [UInt8]) throws(MappingError) {
    guard let subject = try subject(tree, side) else {
      bytes += fallback
      return
    }
    guard isList else { return try append(subject, tree, from: side, to: &bytes) }
    bytes.append(UInt8(ascii: "["))
    for (index, element) in visible(try elements(subject, of: tree, side)).enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      try append(element, tree, from: side, to: &bytes)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  /// One element as the other side has it: of its members those that the row knows.
  func converted(_ node: Int, _ tree: JSONTree, from side: MappingSide) throws(MappingError) -> [UInt8] {
    var bytes: [UInt8] = []
    try append(node, tree, from: side, to: &bytes)
    return bytes
  }

  private func append(
    _ node: Int, _ tree: JSONTree, from side: MappingSide, to bytes: inout [UInt8]
  ) throws(MappingError) {
    guard !each.isEmpty else { return try append(node, tree, from: side, time, to: &bytes) }
    try checkElement(node, tree, side)
    bytes.append(UInt8(ascii: "{"))
    var isFirst = true
    for sub in each {
      guard let value = tree.member(sub.name(side), of: node) else { continue }
      if !isFirst { bytes.append(UInt8(ascii: ",")) }
      isFirst = false
      bytes += sub.quoted(side.other)
      bytes.append(UInt8(ascii: ":"))
      try append(value, tree, from: side, sub.time, to: &bytes)
    }
    bytes.append(UInt8(ascii: "}"))
  }

  private func append(
    _ node: Int, _ tree: JSONTree, from side: MappingSide, _ time: TimePair?, to bytes: inout [UInt8]
  ) throws(MappingError) {
    guard let time, !tree.isNull(node) else {
      bytes += tree.value(node)
      return
    }
    let (from, to) = side == .legacy ? (time.legacy, time.unified) : (time.unified, time.legacy)
    let value = try StoredTime(node, of: tree, from, name(side))
    if from == to { bytes += tree.value(node) } else { bytes += value.json(to) }
  }
}
