internal import Bytes
package import Conversations
package import Reactor
internal import Redis

/// One context of the sample.
package struct SampledContext: Sendable, Equatable {
  package var key: [UInt8]
  package var owner: ContextOwner
  package var isLegacy: Bool
  /// The TTL in seconds; nil: it never expires.
  package var secondsLeft: Int?
  /// The number of messages; nil: the value is unreadable, and `last` says why.
  package var messages: Int?
  /// The text of the last message.
  package var last: String
}

/// A few random contexts, as an operator would read them with GET.
package enum ContextSample {
  /// A larger value is not fetched.
  static let largest = 1 << 20

  package static func read(
    _ location: ContextLocation, _ census: KeyCensus, count: Int, _ deadline: Deadline
  ) throws(CheckError) -> [SampledContext] {
    var connection = try ServerChecks.connect(location, deadline)
    let kinds: [ContextKeyKind] = [.legacyCustomer, .legacyAdmin, .unifiedHistory]
    let keys = kinds.flatMap { census.sample($0, count) }
    var contexts: [SampledContext] = []
    for key in keys.shuffled().prefix(count) {
      guard !deadline.hasPassed else { break }
      do throws(RedisError) {
        if let context = try read(key, &connection) { contexts.append(context) }
      } catch { throw CheckError(error, or: "Allow the user GET, STRLEN and TTL on these keys.") }
    }
    return contexts
  }

  /// `nil` means it has expired since the scan.
  private static func read(
    _ key: [UInt8], _ connection: inout RedisConnection
  ) throws(RedisError) -> SampledContext? {
    let owner: ContextOwner
    let isLegacy: Bool
    switch ContextKey(key) {
    case .legacy(let found): (owner, isLegacy) = (found, true)
    case .part(_, let found, _): (owner, isLegacy) = (found, false)
    case .current, nil: return nil
    }
    let facts = try connection.pipeline([["TTL", RedisWord(key)], ["STRLEN", RedisWord(key)]])
    guard let left = facts[0].integer, left != -2 else { return nil }
    var context = SampledContext(
      key: key, owner: owner, isLegacy: isLegacy, secondsLeft: left < 0 ? nil : left, messages: nil, last: "")
    guard let length = facts[1].integer else {
      context.last = "not a string"
      return context
    }
    guard length <= largest else {
      context.last = "\(NumberText.bytes(length)), not read"
      return context
    }
    guard let value = try connection.command("GET", RedisWord(key)).value else { return nil }
    context.fill(value)
    return context
  }
}

extension SampledContext {
  mutating func fill(_ value: [UInt8]) {
    do {
      let messages = isLegacy ? try LegacyContext(value).messages : try Message.list(in: value)
      self.messages = messages.count
      last = messages.last?.content.text ?? ""
    } catch {
      last = "cannot be read: \(error)"
    }
  }
}

/// Hides all of a user's name except the first character.
package enum UserMask {
  package static func text(_ user: String) -> String { "\(user.prefix(1))***" }

  /// A key with its user masked.
  package static func text(key: [UInt8]) -> String {
    switch ContextKey(key) {
    case .legacy(let owner): owner.role.legacyPrefix + text(owner.user)
    case .current(let owner): owner.role.unifiedPrefix + text(owner.user) + ":current"
    case .part(let part, let owner, let id):
      owner.role.unifiedPrefix + text(owner.user) + ":\(id.text):\(part.rawValue)"
    case nil: String(decoding: key, as: UTF8.self)
    }
  }
}
