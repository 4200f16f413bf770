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
  func checkRequired(_ tree: JSONTree) throws(MappingError) { try check(requiredLegacy, tree) }

  /// What the application needs to read a conversation.
  func checkRequired(_ part: ConversationPart, _ tree: JSONTree) throws(MappingError) {
    try check(part == .state ? requiredState : requiredMeta, tree)
  }

  private func check(_ required: [RequiredPath], _ tree: JSONTree) throws(MappingError) {
    var missing: [String] = []
    for path in required where try !path.isPresent(in: tree) { missing.append(path.name) }
    guard missing.isEmpty else { throw .missing(missing) }
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

/// A required member, its path resolved to bytes.
final class RequiredPath: Sendable {
  private let path: [[UInt8]]
  private let type: MemberType
  /// For errors: `createdAt`, `meta.created_at`.
  let name: String

  init(_ path: MemberPath, _ type: MemberType, in part: ConversationPart?) {
    self.path = path.bytes
    self.type = type
    name = part.map { "\($0.rawValue).\(path.text)" } ?? path.text
  }

  static func list(_ part: ConversationPart, _ layout: RoleLayout) -> [RequiredPath] {
    layout.unified.required.filter { $0.part == part }.map { RequiredPath($0.path, $0.type, in: part) }
  }

  /// False where the member is missing or null.
  func isPresent(in tree: JSONTree) throws(MappingError) -> Bool {
    guard let node = tree.find(path), !tree.isNull(node) else { return false }
    let kind = tree.kind(node)
    switch type {
    case .any: break
    case .text: guard kind == .text else { throw .wrongType(name, found: kind.words, expected: "a text") }
    case .number: guard kind == .number else { throw .wrongType(name, found: kind.words, expected: "a number") }
    case .list: guard kind == .list else { throw .wrongType(name, found: kind.words, expected: "a list") }
    case .object:
      // PHP writes an empty one as [].
      guard kind == .object || tree.isEmpty(node) else {
        throw .wrongType(name, found: kind.words, expected: "an object")
      }
    case .rfc3339: _ = try StoredTime(node, of: tree, .rfc3339, name)
    }
    return true
  }
}
