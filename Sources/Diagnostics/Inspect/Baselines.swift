package import Conversations
internal import FoundationEssentials
internal import JSON
internal import Redis

/// The states that `preflight` has kept, the latest first: one JSON value in the contexts' Redis, which never expires.
///
/// What is compared with is how things were on day 0: a preflight in the middle of the rollout, with the growth already in
/// it, must not hide that growth.
///
///     turnout:contexts:baseline    {"v":1,"baselines":[...]}
package struct Baselines: Codable, Sendable, Equatable {
  package static let key = "turnout:contexts:baseline"
  /// How many are kept, beside the one that is compared with.
  package static let kept = 5

  package var v = 1
  package var baselines: [ContextsState]

  /// The one that is compared with: chosen by an operator, else of day 0, else the newest. Of several of day 0 the first
  /// that had enough requests to compare with, else the first.
  package var compared: ContextsState? {
    let dayZero = baselines.filter(\.isDayZero)
    return baselines.first { $0.isChosen == true } ?? dayZero.last(where: \.hasTraffic) ?? dayZero.last
      ?? baselines.first
  }

  /// Puts this state in front. The one that is compared with stays, however old it is.
  mutating func add(_ state: ContextsState) {
    if state.isChosen == true {
      for index in baselines.indices { baselines[index].isChosen = nil }
    }
    let all = [state] + baselines
    baselines = Array(all.prefix(Self.kept))
    if let compared = Baselines(baselines: all).compared, !baselines.contains(compared) { baselines.append(compared) }
  }

  /// Nil: none was kept. What is no such value is a fault, and stays as it is.
  package static func read(_ place: ContextLocation, _ limit: TimeLimit) throws(CheckFault) -> Baselines? {
    var connection = try ServerChecks.connect(place, limit)
    let reply: RedisReply
    do throws(RedisError) { reply = try connection.command("GET", RedisWord(key)) } catch {
      throw CheckFault(error, or: "Give the user GET and SET on \(key).")
    }
    guard let value = reply.value else { return nil }
    guard let baselines = try? JSONDecoder().decode(Baselines.self, from: Data(value)), baselines.v == 1 else {
      throw CheckFault(
        "\(key) holds something else", advice: "Remove it with redis-cli DEL \(key), then run preflight.")
    }
    return baselines
  }

  /// Puts this state in front of those that are there, and gives back all of them.
  @discardableResult
  package static func store(
    _ state: ContextsState, _ place: ContextLocation, _ limit: TimeLimit
  ) throws(CheckFault) -> Baselines {
    var baselines = try read(place, limit) ?? Baselines(baselines: [])
    baselines.add(state)
    var connection = try ServerChecks.connect(place, limit)
    do throws(RedisError) { try connection.command("SET", RedisWord(key), RedisWord(JSONText.line(baselines))) } catch {
      throw CheckFault(error, or: "Give the user GET and SET on \(key).")
    }
    return baselines
  }
}
