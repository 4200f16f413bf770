package import Conversations
internal import FoundationEssentials
internal import JSON
package import Reactor
internal import Redis

/// The states that `preflight` has stored, latest first: one JSON value in the contexts' Redis, which never expires.
///
/// The baseline is the state of day 0: a preflight in the middle of the rollout must not hide the growth until then.
///
///     turnout:contexts:baseline    {"v":1,"baselines":[...]}
package struct Baselines: Codable, Sendable, Equatable {
  package static let key = "turnout:contexts:baseline"
  /// How many are stored, besides the baseline.
  package static let limit = 5

  package var v = 1
  package var baselines: [ContextsState]

  /// The baseline: the one that an operator chose, else that of day 0, else the newest. Among several of day 0 the first
  /// with enough requests to compare with, else the first.
  package var compared: ContextsState? {
    let dayZero = baselines.filter(\.isDayZero)
    return baselines.first { $0.isChosen == true } ?? dayZero.last(where: \.hasTraffic) ?? dayZero.last
      ?? baselines.first
  }

  /// Adds this state in front. The baseline stays, whatever its age.
  mutating func add(_ state: ContextsState) {
    if state.isChosen == true {
      for index in baselines.indices { baselines[index].isChosen = nil }
    }
    let all = [state] + baselines
    baselines = Array(all.prefix(Self.limit))
    if let compared = Baselines(baselines: all).compared, !baselines.contains(compared) { baselines.append(compared) }
  }

  /// `nil` means none is stored. An invalid value is an error and stays unchanged.
  package static func read(_ location: ContextLocation, _ deadline: Deadline) throws(CheckError) -> Baselines? {
    var connection = try ServerChecks.connect(location, deadline)
    let reply: RedisReply
    do throws(RedisError) { reply = try connection.command("GET", RedisWord(key)) } catch {
      throw CheckError(error, or: "Allow the user GET and SET on \(key).")
    }
    guard let value = reply.value else { return nil }
    guard let baselines = try? JSONDecoder().decode(Baselines.self, from: Data(value)), baselines.v == 1 else {
      throw CheckError(
        "\(key) does not hold baselines", advice: "Remove it with redis-cli DEL \(key), then run preflight.")
    }
    return baselines
  }

  /// Adds this state in front of the stored ones and returns all of them.
  @discardableResult
  package static func store(
    _ state: ContextsState, _ location: ContextLocation, _ deadline: Deadline
  ) throws(CheckError) -> Baselines {
    var baselines = try read(location, deadline) ?? Baselines(baselines: [])
    baselines.add(state)
    var connection = try ServerChecks.connect(location, deadline)
    do throws(RedisError) { try connection.command("SET", RedisWord(key), RedisWord(JSONText.line(baselines))) } catch {
      throw CheckError(error, or: "Allow the user GET and SET on \(key).")
    }
    return baselines
  }
}
