import Flags
import Logging
import Redis
import TestSupport
import Testing

@testable import FlagStore

/// A real server with a watcher of flag "F" on it.
final class WatchedServer {
  let server: RedisServer
  let flags: FlagsInForce
  let watcher: RedisWatcher
  let published = Record<(snapshot: FlagSnapshot, at: ContinuousClock.Instant)>()
  let errors = Record<String>()
  let source: RedisFlags

  init(
    _ server: RedisServer? = nil, names: [String] = ["F"], environment: [String: String] = [:],
    stateFile: StateFile? = nil, credentials: String? = nil
  ) throws {
    let server = try server ?? RedisServer()
    self.server = server
    let (published, errors) = (published, errors)
    var logger = Logger(label: "test") { _ in ErrorRecorder(errors: errors) }
    logger.logLevel = .error
    let place = RedisFlagLocation(address: try RedisAddress(parsing: server.address(credentials: credentials)))
    let initial = InitialFlags { environment[$0] }
    flags = FlagsInForce(
      names: names, place: server.address(), stateFile: stateFile, publish: { published.append(($0, .now)) },
      logger: logger)
    watcher = RedisWatcher(
      place, initial: initial, into: flags, logger: logger)
    source = RedisFlags(place, initial: initial)
    try watcher.begin()
    watcher.start(as: { .testing("a") })
  }

  deinit {
    watcher.stop()
    flags.close()
  }

  var flag: Flag { flags.status().flags[0] }

  /// Waits until the flag in force is at that percentage and the store is valid.
  func expect(_ percentage: Double, _ comment: Comment? = nil, _ location: SourceLocation = #_sourceLocation) {
    eventually { flag.percentage.description == Self.text(percentage) && flags.status().isValid }
    #expect(flag.percentage.description == Self.text(percentage), comment, sourceLocation: location)
    #expect(flags.status().isValid, "\(flags.status().error ?? "")", sourceLocation: location)
  }

  /// Waits until the store is found at fault with such a text; the flag in force stays.
  func expect(fault part: String, _ location: SourceLocation = #_sourceLocation) {
    let before = flag
    eventually { flags.status().error?.contains(part) == true }
    #expect(flags.status().error?.contains(part) == true, "\(flags.status())", sourceLocation: location)
    #expect(flag == before, sourceLocation: location)
  }

  /// Waits until what somebody set has been adopted as that revision.
  func expect(recorded revision: Int, _ location: SourceLocation = #_sourceLocation) {
    let field = { try? self.server.cli("HGET", "turnout:flag:F", "revision") }
    eventually { field() == "\(revision)" }
    #expect(field() == "\(revision)", sourceLocation: location)
  }

  /// Sets it as anybody may.
  func set(_ value: String, _ name: String = "F") throws { _ = try server.cli("SET", name, value) }

  private static func text(_ number: Double) -> String { (try? Percentage(number))?.description ?? "?" }
}

extension FleetMember {
  static func testing(_ id: String) -> FleetMember {
    FleetMember(id: id, name: "edge-\(id)", version: "0", pid: 1, admin: "127.0.0.1:1")
  }
}
