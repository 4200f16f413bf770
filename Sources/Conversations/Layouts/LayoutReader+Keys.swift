internal import YAML

/// What both sides of a layout have.
extension LayoutReader {
  /// The format of the times above it; it must be there if there are any.
  mutating func timeFormat(_ section: Section, isNeeded: Bool) -> TimeFormat {
    guard isNeeded || section.values["time_format"] != nil else { return .rfc3339 }
    guard isNeeded else {
      document.report(
        section.prefix + "time_format", line: section.line, "there is no time that it could be about; remove it")
      return .rfc3339
    }
    return needed("time_format", of: section, as: .choice) ?? .rfc3339
  }

  mutating func jsonFields(_ section: Section, isHash: Bool) -> Set<String> {
    let key = section.prefix + "json_fields"
    guard let node = section.values["json_fields"] else { return [] }
    guard isHash else {
      document.report(
        key, line: node.line, "only a hash has fields that hold JSON; remove it, or write hash as the form")
      return []
    }
    let items = document.items(node, at: key, of: "fields", atMost: LayoutLimits.required)
    return Set(items.map { document.values(of: $0, at: key, as: .memberName) } ?? [])
  }

  mutating func marker(_ section: Section) -> LegacyLayout.Marker? {
    let key = section.prefix + "marker"
    guard let node = section.values["marker"], let pairs = pairs(of: node, at: key, "MEMBER: TEXT", atMost: 1) else {
      return nil
    }
    guard let (name, value) = pairs.first, let member = member(name, at: key, as: .memberName),
      let text = document.value(of: value, at: "\(key).\(member)", as: .shortText)
    else { return nil }
    return LegacyLayout.Marker(member: member, value: text)
  }

  mutating func required(_ section: Section) -> [RequiredMember] {
    requiredPairs(section, as: .memberPath).map { RequiredMember(path: $0, type: $1) }
  }

  mutating func requiredOfUnified(_ section: Section) -> [RequiredUnifiedMember] {
    requiredPairs(section, as: .unifiedMember).map { RequiredUnifiedMember(part: $0.part, path: $0.path, type: $1) }
  }

  private mutating func requiredPairs<Path>(_ section: Section, as scalar: Scalar<Path>) -> [(Path, MemberType)] {
    let key = section.prefix + "required"
    guard let node = section.values["required"], !node.isNothing,
      let pairs = pairs(of: node, at: key, "MEMBER: TYPE", atMost: LayoutLimits.required)
    else { return [] }
    return pairs.compactMap { name, value in
      guard let path = member(name, at: key, as: scalar),
        let type = document.value(of: value, at: "\(key).\(text(of: name))", as: Scalar<MemberType>.choice)
      else { return nil }
      return (path, type)
    }
  }
}

// MARK: Keys of the file

extension LayoutReader {
  mutating func missing(_ name: String, of section: Section, _ expected: String) {
    document.report(section.prefix + name, line: section.line, "missing; expected \(expected)")
  }

  /// The value of a key that must be there.
  mutating func needed<Value>(_ name: String, of section: Section, as scalar: Scalar<Value>) -> Value? {
    guard let node = section.values[name] else {
      missing(name, of: section, scalar.expected)
      return nil
    }
    return document.value(of: node, at: section.prefix + name, as: scalar)
  }

  /// The section that must be there.
  mutating func needed(_ name: String, of section: Section, known: [String]) -> Section? {
    if section.values[name].map({ $0.isNothing }) ?? true {
      missing(name, of: section, known.joined(separator: ", "))
      return nil
    }
    return document.section(section.values[name], at: section.prefix + name, known: known)
  }

  mutating func optional<Value>(_ name: String, of section: Section, as scalar: Scalar<Value>) -> Value? {
    guard let node = section.values[name] else { return nil }
    return document.value(of: node, at: section.prefix + name, as: scalar)
  }

  /// The keys of a mapping that the layout chooses itself, in their order.
  mutating func pairs(
    of node: YAMLNode, at key: String, _ expected: String, atMost limit: Int
  ) -> [(key: YAMLNode, value: YAMLNode)]? {
    guard case .mapping(let pairs) = node.content else {
      document.report(key, line: node.line, "found \(node.found), expected \(expected)")
      return nil
    }
    guard pairs.count <= limit else {
      document.report(key, line: node.line, "found \(pairs.count) members, expected at most \(limit)")
      return nil
    }
    return pairs
  }

  /// A key that names a member.
  mutating func member<Value>(_ name: YAMLNode, at key: String, as scalar: Scalar<Value>) -> Value? {
    guard case .scalar(let text, _) = name.content, !name.isNothing else {
      document.report(key, line: name.line, "found \(name.found) as a key, expected \(scalar.expected)")
      return nil
    }
    guard let value = scalar.parse(text) else {
      document.report(key, line: name.line, scalar.mismatch(text))
      return nil
    }
    return value
  }

  func text(of node: YAMLNode) -> String {
    if case .scalar(let text, _) = node.content { text } else { "" }
  }
}
