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
    _ location: ContextLocation, _ layout: Layout, _ census: KeyCensus, count: Int, _ deadline: Deadline
  ) throws(CheckError) -> [SampledContext] {
    var connection = try ServerChecks.connect(location, deadline)
    let patterns = KeyKinds(layout)
    let kinds: [ContextKeyKind] = [.legacyCustomer, .legacyAdmin, .unifiedHistory]
    let keys = kinds.flatMap { census.sample($0, count) }
    var contexts: [SampledContext] = []
    for key in keys.shuffled().prefix(count) {
      guard !deadline.hasPassed else { break }
      do throws(RedisError) {
        if let context = try read(key, patterns, &connection) { contexts.append(context) }
      } catch { throw CheckError(error, or: "Allow the user GET, STRLEN and TTL on these keys.") }
    }
    return contexts
  }

  /// `nil` means it has expired since the scan.
  private static func read(
    _ key: [UInt8], _ kinds: KeyKinds, _ connection: inout RedisConnection
  ) throws(RedisError) -> SampledContext? {
    guard let found = kinds.find(key), let role = kinds.layout.roles[found.role] else { return nil }
    let (isLegacy, owner) = (
      found.kind.isLegacy, ContextOwner(found.role, String(decoding: found.match.user, as: UTF8.self))
    )
    let form = isLegacy ? role.legacy.form : role.unified.history
    let size: RedisWord = form == .json ? "STRLEN" : form == .list ? "LLEN" : "HLEN"
    let facts = try connection.pipeline([["TTL", RedisWord(key)], [size, RedisWord(key)]])
    guard let left = facts[0].integer, left != -2 else { return nil }
    var context = SampledContext(
      key: key, owner: owner, isLegacy: isLegacy, secondsLeft: left < 0 ? nil : left, messages: nil, last: "")
    guard let length = facts[1].integer else {
      context.last = form == .json ? "not a string" : "not a \(form.rawValue)"
      return context
    }
    guard length <= largest else {
      context.last = "\(NumberText.bytes(length)), not read"
      return context
    }
    let reply = try connection.command(form.command(String(decoding: key, as: UTF8.self)))
    guard let value = form.json(reply, jsonFields: isLegacy ? role.legacy.jsonFields : []) else { return nil }
    context.fill(value, role)
    return context
  }
}

extension SampledContext {
  mutating func fill(_ value: [UInt8], _ role: RoleLayout) {
    do throws(JSONSyntaxError) {
      guard let list = isLegacy ? try messages(of: value, role) : value else { return }
      let messages = try Message.list(in: list)
      self.messages = messages.count
      last =
        messages.last.map { message in
          (try? JSONObject(message.json))?.text(role.unified.message.text) ?? message.content.text ?? ""
        } ?? ""
    } catch {
      last =
        "cannot be read: not a JSON \(isLegacy ? "object" : "list"): at byte \(error.offset), expected \(error.expected)"
    }
  }

  /// Nil where the legacy value has none.
  private func messages(of value: [UInt8], _ role: RoleLayout) throws(JSONSyntaxError) -> [UInt8]? {
    _ = try JSONObject(value)
    return role.legacy.messages?.found(in: value)
  }
}

/// Hides all of a user's name except the first character.
package enum UserMask {
  package static func text(_ user: String) -> String { "\(user.prefix(1))***" }

  /// A key with its user masked.
  package static func text(key: [UInt8], _ kinds: KeyKinds) -> String {
    guard let found = kinds.find(key) else { return String(decoding: key, as: UTF8.self) }
    let masked = text(String(decoding: found.match.user, as: UTF8.self))
    return found.pattern.name(masked, id: found.match.id, part: found.match.part)
  }
}
