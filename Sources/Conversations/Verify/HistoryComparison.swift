/// Compares the messages of a conversation with their sources.
struct HistoryComparison {
  /// The last messages of the legacy context and the message source, as many as a conversation keeps.
  private let earlier: ArraySlice<Message>
  private let history: [Message]
  /// How many were added since, by the counts in meta; at most as many as are kept.
  private let added: Int
  /// Whether the number of messages agrees with the count, as far as it is known.
  private let isCounted: Bool

  init(earlier: [Message], history: [Message], added: Int, messages: Int) {
    isCounted = history.count >= Message.historyLimit || history.count == messages
    self.earlier = earlier.suffix(Message.historyLimit)
    self.history = history
    self.added = min(max(added, 0), Message.historyLimit)
  }

  /// The added messages are at the end; before them are the last of the earlier ones that fit.
  var differences: [FieldDifference] {
    let found = Self.compare(older(than: added), Array(history.dropLast(added)))
    if found.isEmpty, new == added { return [] }
    if isInterleaved { return [] }
    // If the messages alone are consistent, either the counts are wrong, or messages were added or removed.
    let isWhole = Self.compare(older(than: new), Array(history.dropLast(new))).isEmpty
    return (isWhole ? miscounted : []) + (isWhole && isCounted && added > 0 ? [] : found)
  }

  /// The earlier messages that fit beside `count` others.
  private func older(than count: Int) -> [Message] { earlier.suffix(max(Message.historyLimit - count, 0)) }

  /// How many messages are not among the earlier ones.
  private var new: Int {
    // Compare bytes first: they nearly always match.
    history.count { message in !earlier.contains(message) && !earlier.contains { Self.isEqual($0, message) } }
  }

  private var miscounted: [FieldDifference] {
    // Below ten the message count is right, or reported elsewhere.
    let fields = history.count < Message.historyLimit ? ["meta.synced"] : ["meta.messages", "meta.synced"]
    return fields.map { FieldDifference($0, expected: "\(new) added since", found: "\(added) added since") }
  }

  /// Whether messages of both layouts alternate, after the user went back and forth: then some of unified's may have been
  /// dropped for those of legacy, and the counts of a full history prove nothing.
  private var isInterleaved: Bool {
    var rest = earlier
    var (new, later) = (0, 0)
    for message in history {
      if let index = rest.firstIndex(where: { Self.isEqual($0, message) }) {
        rest = rest[(index + 1)...]
        later += new > 0 ? 1 : 0
      } else {
        new += 1
      }
    }
    guard new > 0, history.count - new == min(earlier.count, Message.historyLimit - new) else { return false }
    return added == new ? later > 0 : added > new && history.count == Message.historyLimit
  }

  private static func compare(_ expected: [Message], _ found: [Message]) -> [FieldDifference] {
    var differences: [FieldDifference] = []
    if expected.count != found.count {
      differences.append(FieldDifference("history.count", expected: expected.count, found: found.count))
    }
    for (index, (one, other)) in zip(expected, found).enumerated() where !isEqual(one, other) {
      differences += compare(one, other, "history[\(index)]")
    }
    return differences
  }

  /// Compares bytes, or role, text and time where one time is in whole seconds, as databases store it.
  private static func isEqual(_ one: Message, _ other: Message) -> Bool {
    one == other || (one.content.at != other.content.at && MessageMerge.areSame(one, other))
  }

  private static func compare(_ one: Message, _ other: Message, _ field: String) -> [FieldDifference] {
    let (expected, found) = (one.content, other.content)
    var differences: [FieldDifference] = []
    if expected.role != found.role {
      differences.append(FieldDifference("\(field).role", expected: expected.role, found: found.role))
    }
    if expected.text != found.text {
      differences.append(FieldDifference("\(field).content", expected: expected.text, found: found.text))
    }
    if expected.at != found.at {
      differences.append(FieldDifference("\(field).at", expected: expected.at, found: found.at))
    }
    return differences.isEmpty ? [FieldDifference(field, expected: one.json, found: other.json)] : differences
  }
}
