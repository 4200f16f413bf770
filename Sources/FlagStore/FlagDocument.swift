package import Flags
internal import JSON

/// The content of a flag file, checked as a whole: all of it is valid or none of it is used.
///
///     {
///       "UNIFIED_CONVERSATION_ENABLED": 12.5,            the short form: a percentage, true or false
///       "OTHER": { "enabled": true, "percentage": 10 }   the full form
///     }
///
/// It keeps the text of each flag, so that writing it back changes only the edited flag.
package struct FlagDocument: Sendable {
  private struct Entry: Sendable {
    var flag: Flag
    /// As in the file; nil after an edit.
    var text: String?
  }

  /// In the order of the file.
  private var entries: [Entry]

  package init(flags: [Flag]) { entries = flags.map { Entry(flag: $0, text: nil) } }

  /// - Parameter file: the name of the file in errors.
  package init(parsing bytes: [UInt8], file: String) throws(FlagStoreError) {
    do throws(FlagDocumentError) {
      var parser = FlagParser(bytes: bytes, file: file)
      entries = try parser.document().map { entry in
        Entry(flag: entry.flag, text: String(decoding: bytes[entry.range], as: UTF8.self))
      }
    } catch {
      throw .invalid(error)
    }
  }

  /// The value of one flag on its own, and whether it has the short form.
  static func value(
    parsing bytes: [UInt8], name: String, file: String
  ) throws(FlagStoreError) -> (flag: Flag, isShort: Bool) {
    do throws(FlagDocumentError) {
      var parser = FlagParser(bytes: bytes, file: file)
      return try parser.value(named: name)
    } catch {
      throw .invalid(error)
    }
  }

  package var flags: [Flag] { entries.map(\.flag) }
  package var names: [String] { entries.map(\.flag.name) }

  package func flag(named name: String) -> Flag? { entries.first { $0.flag.name == name }?.flag }

  /// Replaces the flag of that name, or appends it.
  package mutating func replace(_ flag: Flag) {
    let entry = Entry(flag: flag, text: nil)
    if let index = entries.firstIndex(where: { $0.flag.name == flag.name }) {
      entries[index] = entry
    } else {
      entries.append(entry)
    }
  }

  /// The flags with these names, in this order.
  package func flags(named names: [String], file: String) throws(FlagStoreError) -> [Flag] {
    var found: [Flag] = []
    for name in names {
      guard let flag = flag(named: name) else { throw .unknownFlag(name: name, file: file, known: self.names) }
      found.append(flag)
    }
    return found
  }

  /// The text of the file: unchanged flags as they were, edited ones in the full form.
  package func render() -> String {
    guard !entries.isEmpty else { return "{}\n" }
    let members = entries.map { entry in
      "  \(JSONText.quoted(entry.flag.name)): \(entry.text ?? entry.flag.rendered)"
    }
    return "{\n" + members.joined(separator: ",\n") + "\n}\n"
  }
}

extension Flag {
  /// The full form at one level of indentation, keys in a fixed order, without keys at their default. One user to a line, so
  /// that a new user is one line in a diff.
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

/// The limits of a flag document.
package enum FlagLimits {
  /// Bytes of a file.
  package static let fileBytes = 16 << 20
  /// Bytes of one flag in Redis: lists of about 40,000 users, which take 20 ms to read.
  package static let valueBytes = 1 << 20
  /// Additional bytes for the notes of the full form: who changed it, when and why. Twice as much is allowed, so that a flag
  /// that someone has SET at the full size can still be killed.
  package static let noteRoom = 32 << 10
  package static let storedBytes = valueBytes + 2 * noteRoom
  /// Flags in a file.
  package static let flags = 1_024
  /// Bytes of a flag's name.
  package static let nameBytes = 128
  package static let saltBytes = 256
  /// Bytes of a user key; the proxy accepts none longer from a request.
  package static let userBytes = 256
  /// Bytes of `updated_at`, `updated_by` and `reason`.
  package static let noteBytes = 1_024
  /// The largest integer that JSON readers of other languages represent exactly (RFC 8259 section 6).
  package static let revision = 9_007_199_254_740_991

  /// Whether `name` can name a flag: 1 to 128 of A-Z a-z 0-9 _ . : -
  package static func isName(_ name: String) -> Bool {
    (1...nameBytes).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }
}
