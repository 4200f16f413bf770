/// Changes one side in place to what the other one has. Nothing changes where both mean the same already.
extension MappedMember {
  /// - Parameters:
  ///   - target: of `side`.
  ///   - source: of the other side.
  /// - Returns: nil where nothing changes.
  func edited(_ target: JSONTree, _ side: MappingSide, from source: JSONTree) throws(MappingError) -> JSONTree? {
    let wanted = try meaning(source, side.other)
    // A member that cannot be read is replaced.
    if let current = try? meaning(target, side), current == wanted { return nil }
    guard let path = path(side) else { return nil }
    let subject = try subject(source, side.other)
    let bytes: [UInt8]?
    if isList, let subject {
      bytes = try edited(list: path, target, side, try convertedElements(subject, source, from: side.other))
    } else if take == .lastElement, side == .legacy {
      bytes = try editedLast(
        path, target,
        try subject.map { node throws(MappingError) in
          try converted(node, source, from: side.other)
        })
    } else if let subject, !each.isEmpty {
      let new = try converted(subject, source, from: side.other)
      let old = target.find(path)
      bytes = try setting(path, target, side, old == nil ? new : try replaced(old ?? 0, target, side, by: new))
    } else {
      bytes = try setting(
        path, target, side,
        try subject.map { node throws(MappingError) in
          try converted(node, source, from: side.other)
        } ?? fallback)
    }
    guard let bytes else { return nil }
    return try JSONTree(bytes, named: name(side))
  }

  private func convertedElements(
    _ list: Int, _ source: JSONTree, from side: MappingSide
  ) throws(MappingError) -> [[UInt8]] {
    let elements = try elements(list, of: source, side)
    var converted: [[UInt8]] = []
    // A conversation that has more than its limit loses none.
    for element in side == .legacy ? visible(elements) : elements[...] {
      converted.append(try self.converted(element, source, from: side))
    }
    return converted
  }

  // MARK: Lists

  /// Elements are matched by what identifies them; one that means the same keeps its bytes, in another the members that
  /// differ change. The order is that of `wanted`. What the other side cannot see of a longer list stays, if that side's list
  /// is full; else the list would grow when it is read again.
  ///
  /// - Parameter wanted: as this side has them.
  private func edited(
    list path: [[UInt8]], _ target: JSONTree, _ side: MappingSide, _ wanted: [[UInt8]]
  ) throws(MappingError) -> [UInt8] {
    let old = target.find(path).flatMap { try? self.elements($0, of: target, side) } ?? []
    var unused: [[UInt8]: [Int]] = [:]
    for node in (side == .legacy ? visible(old) : old[...]).reversed() {
      if let identity = identity(of: node, target, side) { unused[identity, default: []].append(node) }
    }
    // What it becomes, and the element of the target that it was.
    var (elements, sources): ([[UInt8]], [Int?]) = ([], [])
    for new in wanted {
      let identity = identity(of: 0, try JSONTree(new, named: name(side)), side)
      let match = identity.flatMap { unused[$0]?.popLast() }
      elements.append(try match.map { node throws(MappingError) in try replaced(node, target, side, by: new) } ?? new)
      sources.append(match)
    }
    let hidden = side == .legacy ? try hiddenElements(old, target, beside: wanted) : []
    let tail = hidden.map { Array(target.value($0)) }
    switch take {
    case .last:
      (elements, sources) = (tail + elements, hidden + sources)
    case .first, .all, .lastElement:
      (elements, sources) = (elements + tail, sources + hidden)
    }
    let isInPlace = sources.count == old.count && zip(sources, old).allSatisfy { $0 == nil || $0 == $1 }
    if isInPlace, !old.isEmpty {
      // From the last to the first, so that the ranges before stay true.
      var bytes = target.bytes
      for (element, old) in zip(elements, old).reversed() { bytes.replaceSubrange(target.range(old), with: element) }
      return bytes
    }
    return try setting(path, target, side, Self.list(elements))
  }

  private func hiddenElements(
    _ old: [Int], _ target: JSONTree, beside wanted: [[UInt8]]
  ) throws(MappingError) -> [Int] {
    let hidden: ArraySlice<Int>
    switch take {
    case .first(let count): hidden = wanted.count == count ? old.dropFirst(count) : []
    case .last(let count): hidden = wanted.count == count ? old.dropLast(count) : []
    case .all, .lastElement: return []
    }
    var known: Set<[UInt8]?> = []
    for new in wanted { known.insert(identity(of: 0, try JSONTree(new, named: name(.legacy)), .legacy)) }
    return hidden.filter { !known.contains(identity(of: $0, target, .legacy)) }
  }

  // MARK: The last element

  /// Null empties the list: an older element must not come back to life. Another value replaces the last element, or is the
  /// first of an empty list. A row with a condition, or about a member of the element, changes only an element that is there
  /// and meets the condition, and writes no null into it: other rows are about the element itself.
  private func editedLast(
    _ path: [[UInt8]], _ target: JSONTree, _ wanted: [UInt8]?
  ) throws(MappingError) -> [UInt8]? {
    let node = target.find(path)
    let last = node.flatMap { try? elements($0, of: target, .legacy) }?.last
    if member != nil || when != nil {
      guard let last, let wanted, holds(last, of: target) else { return nil }
      guard let member else { return target.replacing(last, by: try replaced(last, target, .legacy, by: wanted)) }
      return target.setting([member], to: wanted, from: last)
    }
    guard let wanted else { return try node == nil ? nil : setting(path, target, .legacy, Self.list([])) }
    guard let last else { return try setting(path, target, .legacy, Self.list([wanted])) }
    return target.replacing(last, by: try replaced(last, target, .legacy, by: wanted))
  }

  // MARK: Elements

  /// The old element with the members of the new one that differ, if both are the same one; else the new one.
  private func replaced(
    _ old: Int, _ target: JSONTree, _ side: MappingSide, by new: [UInt8]
  ) throws(MappingError) -> [UInt8] {
    let newTree = try JSONTree(new, named: name(side))
    guard identity(of: old, target, side) == identity(of: 0, newTree, side) else { return new }
    var tree = try JSONTree(Array(target.value(old)), named: name(side))
    guard tree.kind(0) == .object else { return each.isEmpty ? tree.bytes : new }
    for sub in each where meaning(sub, of: 0, tree, side) != meaning(sub, of: 0, newTree, side) {
      let value = newTree.member(sub.name(side), of: 0).map { Array(newTree.value($0)) } ?? Array("null".utf8)
      tree = try JSONTree(tree.setting([sub.name(side)], to: value) ?? new, named: name(side))
    }
    return tree.bytes
  }

  private static func list(_ elements: [[UInt8]]) -> [UInt8] {
    [UInt8(ascii: "[")] + elements.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
  }

  private func setting(
    _ path: [[UInt8]], _ target: JSONTree, _ side: MappingSide, _ value: [UInt8]
  ) throws(MappingError) -> [UInt8] {
    guard let bytes = target.setting(path, to: value) else {
      throw .wrongType("what contains \(name(side))", found: "no object", expected: "an object")
    }
    return bytes
  }
}
