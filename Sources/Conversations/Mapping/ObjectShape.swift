/// The object that a new part of a conversation is: which member, however deep, comes from which row.
indirect enum ObjectShape: Sendable {
  case row(Int)
  case object([(name: [UInt8], value: ObjectShape)])

  init(_ members: [MappedMember], _ part: ConversationPart) {
    self = .object([])
    for (index, member) in members.enumerated() where member.part == part {
      if let path = member.unified { put(index, path[...]) }
    }
  }

  /// A later row replaces an earlier one of the same path.
  private mutating func put(_ row: Int, _ path: ArraySlice<[UInt8]>) {
    guard let name = path.first else {
      self = .row(row)
      return
    }
    let quoted = JSONBytes.quoted(String(decoding: name, as: UTF8.self))
    var members: [(name: [UInt8], value: ObjectShape)] = []
    if case .object(let known) = self { members = known }
    let index = members.firstIndex { $0.name == quoted } ?? members.count
    if index == members.count { members.append((quoted, .object([]))) }
    members[index].value.put(row, path.dropFirst())
    self = .object(members)
  }

  /// - Parameter value: appends the value of a row.
  func write(
    to bytes: inout [UInt8], _ value: (Int, inout [UInt8]) throws(MappingError) -> Void
  ) throws(MappingError) {
    switch self {
    case .row(let index): try value(index, &bytes)
    case .object(let members):
      bytes.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        bytes += member.name
        bytes.append(UInt8(ascii: ":"))
        try member.value.write(to: &bytes, value)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }
}
