internal import YAML

/// A value that is made from the template must be one that the application can read.
extension LayoutReader {
  mutating func checkTemplate(_ role: RoleLayout, at key: String) {
    guard let bytes = role.legacy.template, let template = try? JSONObject(bytes) else { return }
    let place = "\(key).legacy.template"
    for required in role.legacy.required {
      guard let value = template.value(at: required.path) else {
        document.report(place, line: line(place), "\(required.path.text) is required, and missing in the template")
        continue
      }
      // Times are written when the value is made.
      let isTime = role.members.contains { $0.time != nil && $0.legacy == required.path }
      if !isTime, !required.type.admits(value, isField: role.legacy.isTextField(required.path)) {
        document.report(
          place, line: line(place),
          "\(required.path.text) must be \(required.type.words), found \(Found.quoted(String(decoding: value, as: UTF8.self)))"
        )
      }
    }
    if let marker = role.legacy.marker, template.text(marker.member) != marker.value {
      document.report(
        place, line: line(place), "the marker \(marker.member) must be \(Found.quoted(marker.value)) in the template")
    }
    for row in role.members where row.take != .all || !row.each.isEmpty {
      guard let path = row.legacy, row.take == .lastElement || row.member == nil, let value = template.value(at: path),
        !value.isJSONList, !value.isJSONNull
      else { continue }
      document.report(
        place, line: line(place), "\(path.text) must be a list, as its row says; write [] in the template")
    }
  }
}

extension LegacyLayout {
  /// A field of a hash that holds text.
  func isTextField(_ path: MemberPath) -> Bool { form == .hash && !jsonFields.contains(path.names[0]) }
}

extension JSONObject {
  /// Nil where a member on the way is missing or no object.
  func value(at path: MemberPath) -> [UInt8]? {
    guard let name = path.names.first, let value = self[name] else { return nil }
    if path.names.count == 1 { return value }
    return (try? JSONObject(value))?.value(at: MemberPath(Array(path.names.dropFirst())))
  }
}

extension [UInt8] {
  fileprivate var isJSONList: Bool { first == UInt8(ascii: "[") }
  fileprivate var isJSONNull: Bool { self == Array("null".utf8) }
}

extension MemberType {
  var words: String {
    switch self {
    case .any: "anything but null"
    case .text: "a text"
    case .number: "a number"
    case .list: "a list"
    case .object: "an object"
    case .rfc3339: "a time in RFC 3339"
    }
  }

  /// Whether a template may have this value. A text field of a hash has no other type.
  fileprivate func admits(_ value: [UInt8], isField: Bool) -> Bool {
    let first = value.first ?? 0
    let isText = first == UInt8(ascii: "\"")
    switch self {
    case .any: return !value.isJSONNull
    case .text, .rfc3339: return isText || (isField && !value.isJSONNull)
    case .number: return isField || first == UInt8(ascii: "-") || (0x30...0x39).contains(first)
    case .list: return value.isJSONList
    case .object: return first == UInt8(ascii: "{")
    }
  }
}
