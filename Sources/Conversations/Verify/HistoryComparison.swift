/// Compares the messages of a conversation with those that it was made of.
struct HistoryComparison {
  /// Those of the legacy context, or of the database: the last ones, as many as a conversation keeps.
  private let earlier: ArraySlice<Message>
  private let history: [Message]
  /// How many were said since, by the counts in meta; at most as many as are kept.
  private let said: Int

  init(earlier: [Message], history: [Message], said: Int) {
    self.earlier = earlier.suffix(Message.kept)
    self.history = history
    self.said = min(max(said, 0), Message.kept)
  }

  /// What is said since stands at the end; before it stand the last of the earlier ones, as many as there is room for.
  var differences: [FieldDifference] {
    let expected = Array(earlier.suffix(Message.kept - said))
    let older = Array(history.dropLast(said))
    let found = Self.compare(expected, older) + uncounted
    return found.isEmpty || hasInterleaved ? [] : found
  }

  /// Of those that should be new, some are old: the counts are wrong.
  private var uncounted: [FieldDifference] {
    let new = history.suffix(said).count { message in !earlier.contains { MessageMerge.areSame($0, message) } }
    if new == said { return [] }
    // Below ten the count of messages is known to be right, or named otherwise.
    let fields = history.count < Message.kept ? ["meta.synced"] : ["meta.messages", "meta.synced"]
    return fields.map { FieldDifference($0, expected: "\(new) said since", found: "\(said) said since") }
  }

  /// After users went back and forth, what was said on legacy meanwhile stands between what was said on unified, and counts
  /// as said since.
  private var hasInterleaved: Bool {
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
    let old = history.count - new
    return later > 0 && old == min(earlier.count, Message.kept - new) && new <= said && said - new <= later
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
