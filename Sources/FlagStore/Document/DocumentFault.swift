internal import JSON

/// What is wrong in a flag file, and where.
package struct DocumentFault: Error, Equatable, Sendable {
  /// The file as the user named it.
  package var file: String
  /// From 1; nil where no single place is to blame.
  package var line: Int?
  /// From 1, in Unicode scalars.
  package var column: Int?
  package var flag: String?
  package var key: String?
  package var found: String
  package var expected: String
  /// What to do, without the full stop.
  package var advice: String
}

extension DocumentFault: CustomStringConvertible {
  /// `flags.json:3:19: flag "A", key "percentage": found 101, expected ...; write ...`
  package var description: String {
    var place = file
    if let line, let column { place += ":\(line):\(column)" }
    var parts: [String] = []
    if let flag { parts.append("flag \(JSONText.quoted(flag, limit: 128))") }
    if let key { parts.append("key \(JSONText.quoted(key, limit: 128))") }
    let whose = parts.isEmpty ? "" : parts.joined(separator: ", ") + ": "
    return "\(place): \(whose)found \(found), expected \(expected); \(advice)"
  }
}
