internal import FlagStore
internal import Redis

/// Where the proxies of a fleet tell each other what they counted:
///
///     turnout:windows:FLAG:m:NUMBER     a hash: one minute, NUMBER minutes after 1970; for 65 minutes
///     turnout:windows:FLAG:h:NUMBER     a hash: one hour; for a week and an hour
///
/// A field is `PROXY:FROM`, the proxy's id and the moment at which its window began: a part of a minute has a field of its
/// own. Its value is that window so far (`Segment`), so writing it again changes nothing. The field `v` counts the writes.
struct FleetKeys: Sendable {
  let prefix: String

  /// Of one hash that is read at most.
  static let fieldLimit = 4_096

  func key(_ flag: String, _ resolution: Resolution, _ number: Int) -> RedisWord {
    RedisWord("\(prefix)turnout:windows:\(flag):\(resolution == .hour ? "h" : "m"):\(number)")
  }

  static func field(_ proxy: String, from: Int) -> RedisWord { RedisWord("\(proxy):\(from)") }

  static func expirySeconds(_ resolution: Resolution) -> Int { resolution == .hour ? 169 * 3_600 : 65 * 60 }

  /// What the others wrote: all fields but our own and those that are none.
  static func values(_ reply: RedisReply, without own: String) -> [(proxy: String, bytes: [UInt8])] {
    guard let elements = reply.elements else { return [] }
    var values: [(proxy: String, bytes: [UInt8])] = []
    for index in stride(from: 0, to: min(elements.count - 1, fieldLimit * 2), by: 2) {
      guard let name = elements[index].text, let bytes = elements[index + 1].value,
        let colon = name.firstIndex(of: ":"), name[..<colon] != own
      else { continue }
      values.append((String(name[..<colon]), bytes))
    }
    return values
  }
}
