package import Conversations
internal import Redis

/// One context of the sample, as far as it can be read.
package struct SampledContext: Sendable, Equatable {
  package var key: [UInt8]
  package var owner: ContextOwner
  package var isLegacy: Bool
  /// Seconds; nil: it never expires.
  package var secondsLeft: Int?
  /// How many messages are kept; nil: the value cannot be read, and `last` says why.
  package var messages: Int?
  /// The text of the last message.
  package var last: String
}

/// A few contexts, by chance, as an operator would look at them with GET.
package enum ContextSample {
  /// A larger value is not fetched.
  static let largest = 1 << 20

  package static func read(
    _ place: ContextLocation, _ census: KeyCensus, count: Int, _ limit: TimeLimit
  ) throws(CheckFault) -> [SampledContext] {
    var connection = try ServerChecks.connect(place, limit)
    let kinds: [ContextKeyKind] = [.legacyCustomer, .legacyAdmin, .unifiedHistory]
    let keys = kinds.flatMap { census.sample($0, count) }
    var contexts: [SampledContext] = []
    for key in keys.shuffled().prefix(count) {
      guard !limit.hasPassed else { break }
      do throws(RedisError) {
        if let context = try read(key, &connection) { contexts.append(context) }
      } catch { throw CheckFault(error, or: "Give the user GET, STRLEN and TTL on these keys.") }
    }
    return contexts
  }

  /// Nil: it has expired meanwhile.
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
      context.last = "no string, but another type of key"
      return context
    }
    guard length <= largest else {
      context.last = "\(Amount.bytes(length)), not read"
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

/// What may be shown of a user: the first character, unless told otherwise.
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
