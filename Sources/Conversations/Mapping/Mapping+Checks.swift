extension Mapping {
  func checkMarker(_ tree: JSONTree) throws(MappingError) {
    guard let marker = layout.legacy.marker else { return }
    let node = tree.find([Array(marker.member.utf8)])
    let text = node.flatMap { tree.text($0) }
    guard text?.elementsEqual(marker.value.utf8) != true else { return }
    let found = text ?? node.map { Array(tree.value($0)) }
    throw .marker(
      member: marker.member, found: found.map { MappingError.excerpt($0) }, known: marker.value)
  }

  /// What the application needs to read a legacy value.
  func checkRequired(_ tree: JSONTree) throws(MappingError) {
    var missing: [String] = []
    for required in layout.legacy.required {
      if try !Self.check(required.path, required.type, tree, in: nil) { missing.append(required.path.text) }
    }
    guard missing.isEmpty else { throw .missing(missing) }
  }

  /// What the application needs to read a conversation.
  func checkRequired(_ part: ConversationPart, _ tree: JSONTree) throws(MappingError) {
    var missing: [String] = []
    for required in layout.unified.required where required.part == part {
      if try !Self.check(required.path, required.type, tree, in: part) {
        missing.append("\(part.rawValue).\(required.path.text)")
      }
    }
    guard missing.isEmpty else { throw .missing(missing) }
  }

  /// False where the member is missing or null.
  private static func check(
    _ path: MemberPath, _ type: MemberType, _ tree: JSONTree, in part: ConversationPart?
  ) throws(MappingError) -> Bool {
    guard let node = tree.find(path.bytes), !tree.isNull(node) else { return false }
    let kind = tree.kind(node)
    let name = part.map { "\($0.rawValue).\(path.text)" } ?? path.text
    let (fits, expected): (Bool, String) =
      switch type {
      case .any: (true, "")
      case .text: (kind == .text, "a text")
      case .number: (kind == .number, "a number")
      case .list: (kind == .list, "a list")
      // PHP writes an empty one as [].
      case .object: (kind == .object || tree.isEmpty(node), "an object")
      case .rfc3339: (try StoredTime(node, of: tree, .rfc3339, name).seconds >= 0, "")
      }
    guard fits else { throw .wrongType(name, found: kind.words, expected: expected) }
    return true
  }

  // MARK: Samples

  /// Whether a value is of this layout, before the first one is written.
  package func fit(_ value: StoredDocument) -> LayoutFit {
    let tree: JSONTree
    do throws(MappingError) { tree = try legacyTree(value) } catch { return .unreadable(error) }
    let names = tree.children(0).map { String(decoding: tree.name($0), as: UTF8.self) }
    guard names.contains(where: { knownNames.contains($0) }) else { return .unknownMembersOnly(names) }
    do throws(MappingError) { try checkMarker(tree) } catch { return .otherMarker(error) }
    do throws(MappingError) { try checkRequired(tree) } catch {
      if case .missing(let paths) = error { return .lacks(paths) }
      return .unreadable(error)
    }
    do throws(MappingError) { _ = try legacy(value, user: []) } catch { return .unreadable(error) }
    return .fits
  }

  /// The members at the top of a legacy value that the layout speaks of.
  private var knownNames: Set<String> {
    let legacy = layout.legacy
    var paths = layout.members.map(\.legacy) + legacy.required.map { $0.path }
    paths += [legacy.createdAt, legacy.updatedAt, legacy.messages]
    var names = Set(paths.compactMap { $0?.names.first })
    if let marker = legacy.marker { names.insert(marker.member) }
    return names
  }
}

/// How a sampled legacy value fits the layout.
package enum LayoutFit: Sendable, Equatable, CustomStringConvertible {
  case fits
  /// The names of its members, none of which the layout knows.
  case unknownMembersOnly([String])
  /// The paths of required members that are missing.
  case lacks([String])
  /// It says that it is something else.
  case otherMarker(MappingError)
  case unreadable(MappingError)

  package var description: String {
    switch self {
    case .fits: "fits"
    case .unknownMembersOnly([]): "has no members"
    case .unknownMembersOnly(let names):
      "has only members that the layout does not know: \(names.prefix(8).joined(separator: ", "))"
        + (names.count > 8 ? " and \(names.count - 8) more" : "")
    case .lacks(let paths): "lacks \(paths.joined(separator: ", "))"
    case .otherMarker(let error), .unreadable(let error): "\(error)"
    }
  }
}
