package import Flags
internal import JSON

/// What a flag file holds, checked as a whole: all of it is good or none of it is taken.
///
///     {
///       "UNIFIED_CONVERSATION_ENABLED": 12.5,            the short form: a percentage, true or false
///       "OTHER": { "enabled": true, "percentage": 10 }   the full form
///     }
///
/// It remembers the text of each flag, so that writing it back changes the flag that was edited and nothing else.
package struct FlagDocument: Sendable {
  private struct Entry: Sendable {
    var flag: Flag
    /// As it stands in the file; nil once the flag was changed.
    var text: String?
  }

  /// In the order of the file.
  private var entries: [Entry]

  package init(flags: [Flag]) { entries = flags.map { Entry(flag: $0, text: nil) } }

  /// `file` is the name that faults are told with.
  package init(parsing bytes: [UInt8], file: String) throws(FlagStoreError) {
    do throws(DocumentFault) {
      var parser = FlagParser(bytes: bytes, file: file)
      entries = try parser.document().map { entry in
        Entry(flag: entry.flag, text: String(decoding: bytes[entry.range], as: UTF8.self))
      }
    } catch {
      throw .invalid(error)
    }
  }

  /// The value of one flag on its own, and whether it is a short form.
  static func value(
    parsing bytes: [UInt8], name: String, file: String
  ) throws(FlagStoreError) -> (flag: Flag, isShort: Bool) {
    do throws(DocumentFault) {
      var parser = FlagParser(bytes: bytes, file: file)
      return try parser.value(named: name)
    } catch {
      throw .invalid(error)
    }
  }

  package var flags: [Flag] { entries.map(\.flag) }
  package var names: [String] { entries.map(\.flag.name) }

  package func flag(named name: String) -> Flag? { entries.first { $0.flag.name == name }?.flag }

  /// Puts `flag` in the place of the one with its name, or at the end.
  package mutating func replace(_ flag: Flag) {
    let entry = Entry(flag: flag, text: nil)
    if let index = entries.firstIndex(where: { $0.flag.name == flag.name }) {
      entries[index] = entry
    } else {
      entries.append(entry)
    }
  }

  /// The flags with these names, in their order.
  package func flags(named names: [String], file: String) throws(FlagStoreError) -> [Flag] {
    var found: [Flag] = []
    for name in names {
      guard let flag = flag(named: name) else { throw .unknownFlag(name: name, file: file, known: self.names) }
      found.append(flag)
    }
    return found
  }

  /// The text of a file: flags that were not changed as they were, changed ones in the full form.
  package func render() -> String {
    guard !entries.isEmpty else { return "{}\n" }
    let members = entries.map { entry in
      "  \(JSONText.quoted(entry.flag.name)): \(entry.text ?? entry.flag.rendered)"
    }
    return "{\n" + members.joined(separator: ",\n") + "\n}\n"
  }
}

extension Flag {
  /// The full form at one level of indentation, keys in their fixed order, those that say nothing left out. One user to
  /// a line: a list that grows by one shows one line in a diff.
  fileprivate var rendered: String {
    let members = members { "[\n" + $0.map { "      " + $0 }.joined(separator: ",\n") + "\n    ]" }
    return "{\n" + members.map { "    " + $0 }.joined(separator: ",\n") + "\n  }"
  }

  /// The same on one line.
  var compactText: String { "{" + members { "[" + $0.joined(separator: ",") + "]" }.joined(separator: ",") + "}" }

  private func members(list: ([String]) -> String) -> [String] {
    var members = ["\"enabled\": \(isEnabled)", "\"percentage\": \(percentage)"]
    if isHardKill { members.append("\"hard\": true") }
    if salt != name { members.append("\"salt\": \(JSONText.quoted(salt))") }
    if hash != .turnout { members.append("\"hash\": \(JSONText.quoted(hash.rawValue))") }
    for (key, users) in [("allow", allow), ("deny", deny)] where !users.isEmpty {
      members.append("\"\(key)\": " + list(users.map { JSONText.quoted($0) }))
    }
    members.append("\"revision\": \(revision)")
    for (key, text) in [("updated_at", updatedAt), ("updated_by", updatedBy), ("reason", reason)] {
      if let text { members.append("\"\(key)\": \(JSONText.quoted(text))") }
    }
    return members
  }
}
