/// What Turnout keeps of a context that it moved, in a key of its own: `turnout:moved:{legacy key}`, for as long as
/// `--keep-legacy` says.
///
/// The legacy key itself is left to end its own life, so that it never brings back a stale context; the way back is made from
/// this copy. It also tells what was moved, and until when that lived: what is gone earlier, its user has erased.
///
///     {"v":1,"key":"chat:customer:42","moved":1772355790000,"until":1772357590000,"sync":{"UUID":"DIGEST 1772357590000"}}
///     the legacy value as it was when both sides were last the same
package struct SyncRecord: Sendable, Equatable {
  /// The legacy key.
  var key: [UInt8]
  /// When both sides were last made the same, in milliseconds since 1970.
  var movedAt: Int
  /// Until when the context lived by then; nil: without end.
  var until: Int?
  /// The conversations that were the same as the legacy value by then.
  var synced: [ConversationID: Synced]
  /// The legacy value at that time; nil: there was none.
  var legacy: StoredDocument?

  struct Synced: Sendable, Equatable {
    var digest: SyncDigest
    /// Until when it lived by then; nil: without end.
    var until: Int?
    /// It began on unified and was brought back: the application never looks there, and may let it expire.
    var isBegun = false

    /// Whether it would still be there at `now`, had nobody erased it.
    func isExpected(at now: Int) -> Bool { !isBegun && (until.map { now < $0 } ?? true) }
  }

  package static let prefix = "turnout:moved:"

  /// Whether the context would still live at `now`.
  func isWithinLife(at now: Int) -> Bool { until.map { now < $0 } ?? true }

  var bytes: [UInt8] {
    var head = JSONObject()
    head.set("v", 1)
    head.set("key", String(decoding: key, as: UTF8.self))
    head.set("moved", movedAt)
    if let until { head.set("until", until) }
    var sync = JSONObject()
    for (id, synced) in synced.sorted(by: { $0.key.text < $1.key.text }) {
      sync.set(id.text, "\(synced.digest.text) \(synced.until ?? -1)\(synced.isBegun ? " begun" : "")")
    }
    head["sync"] = sync.bytes
    switch legacy {
    case nil: return head.bytes
    case .json(let value)?: return head.bytes + [0x0A] + value
    case .hash(let fields)?:
      head.set("form", "hash")
      // Any bytes: each field and value with its length in front.
      var bytes = head.bytes + [0x0A]
      for part in fields.flatMap({ [$0.name, $0.value] }) { bytes += Array("\(part.count):".utf8) + part }
      return bytes
    }
  }

  /// Nil for what is no record of this version.
  init?(_ bytes: [UInt8]) {
    let end = bytes.firstIndex(of: 0x0A) ?? bytes.count
    guard let head = try? JSONObject(Array(bytes[..<end])), head.number("v") == 1, let key = head.text("key"),
      let moved = head.number("moved"), let sync = head["sync"].flatMap({ try? JSONObject($0) })
    else { return nil }
    self.key = Array(key.utf8)
    movedAt = moved
    until = head.number("until")
    synced = [:]
    for member in sync.members {
      let words = (sync.text(member.name) ?? "").split(separator: " ")
      guard let id = ConversationID(member.name), words.count >= 2, let digest = SyncDigest(Array(words[0].utf8)),
        let until = Int(words[1])
      else { return nil }
      synced[id] = Synced(digest: digest, until: until < 0 ? nil : until, isBegun: words.count > 2)
    }
    guard end < bytes.count else { return }
    let value = Array(bytes[(end + 1)...])
    if head.text("form") == "hash" {
      guard let fields = Self.fields(value) else { return nil }
      legacy = .hash(fields)
    } else {
      legacy = .json(value)
    }
  }

  init(key: [UInt8], movedAt: Int, until: Int?, synced: [ConversationID: Synced], legacy: StoredDocument?) {
    self.key = key
    self.movedAt = movedAt
    self.until = until
    self.synced = synced
    self.legacy = legacy
  }

  private static func fields(_ bytes: [UInt8]) -> [StoredDocument.Field]? {
    var parts: [[UInt8]] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      guard let colon = rest.firstIndex(of: UInt8(ascii: ":")),
        let count = Int(String(decoding: rest[..<colon], as: UTF8.self)), count >= 0,
        count <= rest.endIndex - colon - 1
      else { return nil }
      parts.append(Array(rest[(colon + 1)..<(colon + 1 + count)]))
      rest = rest[(colon + 1 + count)...]
    }
    guard parts.count.isMultiple(of: 2) else { return nil }
    return stride(from: 0, to: parts.count, by: 2).map { StoredDocument.Field(name: parts[$0], value: parts[$0 + 1]) }
  }
}
