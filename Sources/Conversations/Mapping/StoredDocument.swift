/// A stored value as Redis holds it: a string of JSON, or the fields of a hash.
package enum StoredDocument: Sendable, Equatable {
  case json([UInt8])
  case hash([Field])

  package struct Field: Sendable, Equatable {
    package var name: [UInt8]
    package var value: [UInt8]

    package init(name: [UInt8], value: [UInt8]) {
      self.name = name
      self.value = value
    }
  }
}

/// How a value is stored. A hash is read as a JSON object whose members are its fields:
///
/// - Fields in `json` hold JSON.
/// - All others hold text. A field in `plain` is read as a number, true or false where it holds exactly one; those are the
///   members of which the layout says so: by `required`, by a row's value, by a time in seconds or milliseconds.
/// - A missing field is null, and null removes a field.
struct DocumentForm: Sendable {
  /// `json` or `hash`.
  var form: ValueForm
  var json: Set<[UInt8]> = []
  var plain: Set<[UInt8]> = []
  /// The members that the layout knows.
  var mapped: Set<[UInt8]> = []

  /// - Parameter name: for errors: what the value is.
  func tree(_ document: StoredDocument, _ name: String) throws(MappingError) -> JSONTree {
    switch document {
    case .json(let bytes):
      guard form == .json else { throw .otherForm(name, found: .json, expected: form) }
      return try JSONTree(bytes, named: name)
    case .hash(let fields):
      guard form == .hash else { throw .otherForm(name, found: .hash, expected: form) }
      var bytes: [UInt8] = [UInt8(ascii: "{")]
      for field in fields {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        JSONBytes.append(String(decoding: field.name, as: UTF8.self), to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        bytes += try value(of: field)
      }
      bytes.append(UInt8(ascii: "}"))
      return try JSONTree(bytes, named: name)
    }
  }

  private func value(of field: StoredDocument.Field) throws(MappingError) -> [UInt8] {
    if json.contains(field.name) {
      // Checked by itself, so that a fault in one field cannot spoil the others.
      _ = try JSONTree(field.value, named: String(decoding: field.name, as: UTF8.self))
      return field.value
    }
    if plain.contains(field.name), let tree = try? JSONTree(field.value), [.number, .truth].contains(tree.kind(0)),
      tree.range(0).count == field.value.count
    {
      return field.value
    }
    if let text = String(validating: field.value, as: UTF8.self) { return JSONBytes.quoted(text) }
    // What the layout does not know keeps its bytes all the same.
    guard mapped.contains(field.name) else { return Array("\"\"".utf8) }
    throw .wrongType(
      String(decoding: field.name, as: UTF8.self), found: "bytes that are not UTF-8", expected: "a text")
  }

  /// The value to store.
  ///
  /// - Parameter base: what was read, with its tree: the fields that did not change keep their bytes.
  func stored(
    _ tree: JSONTree, base: (document: StoredDocument, tree: JSONTree)? = nil
  ) throws(MappingError) -> StoredDocument {
    guard form == .hash else { return .json(tree.bytes) }
    var (old, texts): ([StoredDocument.Field], [ArraySlice<UInt8>]) = ([], [])
    if let base, case .hash(let fields) = base.document {
      (old, texts) = (fields, base.tree.children(0).map { base.tree.value($0) })
    }
    var fields: [StoredDocument.Field] = []
    // A change keeps the order, and new members come last.
    for (index, node) in tree.children(0).enumerated() {
      let name = index < old.count ? old[index].name : tree.name(node)
      if index < old.count, texts[index] == tree.value(node) {
        fields.append(old[index])
      } else if let value = try field(tree, node, name) {
        fields.append(StoredDocument.Field(name: name, value: value))
      }
    }
    return .hash(fields)
  }

  private func field(_ tree: JSONTree, _ node: Int, _ name: [UInt8]) throws(MappingError) -> [UInt8]? {
    if json.contains(name) { return Array(tree.value(node)) }
    switch tree.kind(node) {
    case .text: return tree.text(node)
    case .number, .truth: return Array(tree.value(node))
    case .null: return nil
    case .list, .object:
      throw .wrongType(
        String(decoding: name, as: UTF8.self), found: tree.kind(node).words,
        expected: "a text; a field that holds JSON is listed in json_fields")
    }
  }
}

extension JSONTree {
  init(_ bytes: [UInt8], named name: String) throws(MappingError) {
    do throws(JSONSyntaxError) { try self.init(bytes) } catch { throw .notJSON(name, error) }
  }
}
