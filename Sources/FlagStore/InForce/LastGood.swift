internal import Bytes
package import Flags
import FoundationEssentials
internal import JSON

/// The last good flags and the local kill, as they are kept on disk for the next start.
package struct LastGood: Sendable, Equatable {
  /// The place of the store that they come from.
  package var source: String
  package var storeID: String?
  /// RFC 3339.
  package var savedAt: String
  package var localKill: LocalKill?
  package var flags: [Flag]

  package init(source: String, storeID: String?, savedAt: String, localKill: LocalKill?, flags: [Flag]) {
    self.source = source
    self.storeID = storeID
    self.savedAt = savedAt
    self.localKill = localKill
    self.flags = flags
  }

  /// The flags with these names in their order, those that are not kept from `others`; nil when one is in neither.
  func flags(named names: [String], else others: [Flag]?) -> [Flag]? {
    let all = flags + (others ?? [])
    let found = names.compactMap { name in all.first { $0.name == name } }
    return found.count == names.count ? found : nil
  }
}

/// As text in three parts, so that a person can read it and a torn or edited one is noticed:
///
///     turnout-state 1 <hexadecimal checksum of all that follows>
///     { one line of JSON: where the flags come from, the local kill }
///     { the flags, as in flags.json }
extension LastGood {
  private struct Envelope: Codable {
    var source: String
    var storeID: String?
    var savedAt: String
    var localKill: LocalKill?

    enum CodingKeys: String, CodingKey {
      case source
      case storeID = "store_id"
      case savedAt = "saved_at"
      case localKill = "local_kill"
    }
  }

  private static let title = "turnout-state 1 "

  var text: [UInt8] {
    let envelope = Envelope(source: source, storeID: storeID, savedAt: savedAt, localKill: localKill)
    let body = Array((JSONText.line(envelope) + "\n" + FlagDocument(flags: flags).render()).utf8)
    return Array("\(Self.title)\(Checksum.text(body))\n".utf8) + body
  }

  /// What is wrong is returned as a sentence's end: "is ...".
  init(text: [UInt8], file: String) throws(StateFault) {
    let lines = text.split(separator: UInt8(ascii: "\n"), maxSplits: 2, omittingEmptySubsequences: false)
    let first = String(decoding: lines[0], as: UTF8.self)
    guard lines.count == 3, first.hasPrefix(Self.title) else { throw StateFault(file, "is no state of Turnout") }
    let body = Array(text[(lines[0].endIndex + 1)...])
    guard first.dropFirst(Self.title.count) == Checksum.text(body) else {
      throw StateFault(file, "was cut short or changed: its checksum does not fit")
    }
    do {
      let envelope = try JSONDecoder().decode(Envelope.self, from: Data(lines[1]))
      let flags = try FlagDocument(parsing: Array(lines[2]), file: file).flags
      self.init(
        source: envelope.source, storeID: envelope.storeID, savedAt: envelope.savedAt, localKill: envelope.localKill,
        flags: flags)
    } catch {
      throw StateFault(file, "cannot be understood: \(error)")
    }
  }
}

/// Eight hexadecimal digits: enough to notice a torn or edited text.
enum Checksum {
  static func text(_ bytes: [UInt8]) -> String {
    let digits = String(unsafe Murmur3().hash(bytes.span.bytes), radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}

/// A kept state that cannot be used, or not be written.
package struct StateFault: Error, Equatable, CustomStringConvertible {
  package let description: String

  init(_ file: String, _ problem: String, then consequence: String = "the flags kept there are not used") {
    description = "\(file): \(problem); \(consequence)"
  }
}
