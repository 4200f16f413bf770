/// Compares the messages of a conversation with those that it was made of.
struct HistoryComparison {
  /// Those of the legacy context, or of the database: the last ones, as many as a conversation keeps.
  private let earlier: ArraySlice<Message>
  private let history: [Message]
  /// How many were said since, by the counts in meta; at most as many as are kept.
  private let said: Int
  /// As far as can be told, there are as many as were counted.
  private let isCounted: Bool

  init(earlier: [Message], history: [Message], said: Int, messages: Int) {
    isCounted = history.count >= Message.kept || history.count == messages
    self.earlier = earlier.suffix(Message.kept)
    self.history = history
    self.said = min(max(said, 0), Message.kept)
  }

  /// What is said since stands at the end; before it stand the last of the earlier ones, as many as there is room for.
  var differences: [FieldDifference] {
    let found = Self.compare(older(than: said), Array(history.dropLast(said)))
    if found.isEmpty, new == said { return [] }
    if isInterleaved { return [] }
    // With the messages alone all is well: the counts are wrong; or somebody added or removed some, and they are right.
    let isWhole = Self.compare(older(than: new), Array(history.dropLast(new))).isEmpty
    return (isWhole ? miscounted : []) + (isWhole && isCounted && said > 0 ? [] : found)
  }

  /// The earlier ones that there is room for beside so many.
  private func older(than count: Int) -> [Message] { earlier.suffix(max(Message.kept - count, 0)) }

  /// How many are none of the earlier ones.
  private var new: Int {
    // Nearly always the bytes are the same; only where they are not, messages are looked into.
    history.count { message in !earlier.contains(message) && !earlier.contains { Self.isEqual($0, message) } }
  }

  private var miscounted: [FieldDifference] {
    // Below ten the count of messages is known to be right, or named otherwise.
    let fields = history.count < Message.kept ? ["meta.synced"] : ["meta.messages", "meta.synced"]
    return fields.map { FieldDifference($0, expected: "\(new) said since", found: "\(said) said since") }
  }

  /// After users went back and forth, what was said on legacy meanwhile stands between what was said on unified, and
  /// some of that may have given way to it: of a full history the counts alone do not tell. Only where all of it is
  /// earlier, and some should be new, nobody went anywhere.
  private var isInterleaved: Bool {
    var rest = earlier
    var (new, later) = (0, 0)
    for message in history {
      if let place = rest.firstIndex(where: { Self.isEqual($0, message) }) {
        rest = rest[(place + 1)...]
        later += new > 0 ? 1 : 0
      } else {
        new += 1
      }
    }
    guard new > 0, history.count - new == min(earlier.count, Message.kept - new) else { return false }
    return said == new ? later > 0 : said > new && history.count == Message.kept
  }

  private static func compare(_ expected: [Message], _ found: [Message]) -> [FieldDifference] {
    var differences: [FieldDifference] = []
    if expected.count != found.count {
      differences.append(FieldDifference("history.count", expected: expected.count, found: found.count))
    }
    for (place, (one, other)) in zip(expected, found).enumerated() where !isEqual(one, other) {
      differences += compare(one, other, "history[\(place)]")
    }
    return differences
  }

  /// By their bytes; but where one has the time in whole seconds, as databases keep it, by role, text and time.
  private static func isEqual(_ one: Message, _ other: Message) -> Bool {
    one == other || (one.content.at != other.content.at && MessageMerge.areSame(one, other))
  }

  private static func compare(_ one: Message, _ other: Message, _ place: String) -> [FieldDifference] {
    let (expected, found) = (one.content, other.content)
    var differences: [FieldDifference] = []
    if expected.role != found.role {
      differences.append(FieldDifference("\(place).role", expected: expected.role, found: found.role))
    }
    if expected.text != found.text {
      differences.append(FieldDifference("\(place).content", expected: expected.text, found: found.text))
    }
    if expected.at != found.at {
      differences.append(FieldDifference("\(place).at", expected: expected.at, found: found.at))
    }
    return differences.isEmpty ? [FieldDifference(place, expected: one.json, found: other.json)] : differences
  }
}
