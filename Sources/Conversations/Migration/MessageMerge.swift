/// Two accounts of one conversation become one: nothing that was said is lost, nothing is there twice.
///
/// The order is that of the times; a message without a time stays behind the one before it. Two messages are the same
/// when role, text and time are; a time of whole seconds, as databases keep it, equals every time within that second. A
/// message that one account has twice is kept twice.
///
/// Accounts that two writers kept, each with a clock reading of its own, are merged loosely: times may be `tolerance`
/// apart, and what one account does not say makes no difference.
package enum MessageMerge {
  /// All messages of both, the oldest first. Of the same message the bytes of `first` are kept.
  package static func merge(_ first: [Message], _ second: [Message], loosely: Bool = false) -> [Message] {
    if second.isEmpty || first == second { return first }
    if first.isEmpty { return second }
    var known = timed(first)
    var claimed = [Bool](repeating: false, count: known.count)
    var added: [Timed] = []
    for message in timed(second) {
      if let twin = known.indices.first(where: { !claimed[$0] && known[$0].isSame(as: message, loosely: loosely) }) {
        claimed[twin] = true
        if known[twin].content.at == nil { known[twin].content.at = message.content.at }
      } else {
        added.append(message)
      }
    }
    return interleaved(ordered(known), added).map(\.message)
  }

  /// Those of `messages` that are, loosely, none of `said`.
  package static func without(_ said: some Sequence<Message>, in messages: [Message]) -> [Message] {
    var rest = timed(Array(said))
    return timed(messages).filter { message in
      guard let twin = rest.firstIndex(where: { $0.isSame(as: message, loosely: true) }) else { return true }
      rest.remove(at: twin)
      return false
    }.map(\.message)
  }

  /// Between two clock readings for one message, in milliseconds: an application writes to its database when it has
  /// answered.
  package static let tolerance = 5_000

  /// Whether these are one message, seen twice.
  package static func areSame(_ one: Message, _ other: Message) -> Bool {
    Timed(message: one, content: one.content, order: 0).isSame(
      as: Timed(message: other, content: other.content, order: 0))
  }

  private struct Timed {
    var message: Message
    var content: Message.Content
    /// Its own, or that of the message before it; without either before all others.
    var order: Int

    func isSame(as other: Timed, loosely: Bool = false) -> Bool {
      if message == other.message { return true }
      guard content.text != nil, content.text == other.content.text,
        content.role == other.content.role || (loosely && (content.role == nil || other.content.role == nil))
      else { return false }
      guard let mine = content.at, let theirs = other.content.at else {
        return loosely || content.at == other.content.at
      }
      if loosely {
        let (apart, overflows) = mine.subtractingReportingOverflow(theirs)
        return !overflows && apart.magnitude <= MessageMerge.tolerance
      }
      return mine == theirs
        || (mine / 1_000 == theirs / 1_000 && (mine.isMultiple(of: 1_000) || theirs.isMultiple(of: 1_000)))
    }
  }

  private static func timed(_ messages: [Message]) -> [Timed] {
    ordered(messages.map { Timed(message: $0, content: $0.content, order: 0) })
  }

  private static func ordered(_ messages: [Timed]) -> [Timed] {
    var last = Int.min
    return messages.map { message in
      var message = message
      last = max(last, message.content.at ?? last)
      message.order = last
      return message
    }
  }

  /// Both are in order; of equal times the first account goes first.
  private static func interleaved(_ first: [Timed], _ second: [Timed]) -> [Timed] {
    var result: [Timed] = []
    var rest = second[...]
    for message in first {
      while let next = rest.first, next.order < message.order {
        result.append(next)
        rest = rest.dropFirst()
      }
      result.append(message)
    }
    return result + rest
  }
}
