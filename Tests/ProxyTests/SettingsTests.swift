import Flags
import Testing

@testable import Proxy

@Suite("The settings that nobody changed, and what follows from settings")
struct SettingsTests {
  @Test("Each timeout is the one of the manual")
  func timeouts() {
    let durations: [(String, KeyPath<TimeoutSettings, UInt64>, UInt64)] = [
      ("request head", \.requestHead, 10), ("request body", \.requestBodyIdle, 60), ("client idle", \.clientIdle, 60),
      ("connect", \.connect, 1), ("queue", \.queue, 1), ("first byte", \.firstByte, 60),
      ("response idle", \.responseIdle, 60), ("write idle", \.writeIdle, 60), ("pooled idle", \.pooledIdle, 30),
      ("linger", \.linger, 2), ("drain", \.drain, 30),
    ]
    for (what, setting, seconds) in durations {
      #expect(TimeoutSettings()[keyPath: setting] == seconds * 1_000_000_000, "\(what)")
    }
  }

  @Test("Each limit is the one of the manual")
  func limits() {
    let limits = LimitSettings()
    #expect(limits.clientConnections == 16_384)
    #expect(limits.serverConnections == 256)
    #expect(limits.queuedRequests == 1_024)
    #expect(limits.headBytes == 16 << 10)
    #expect(limits.targetBytes == 8 << 10)
    #expect(limits.headerFields == 100)
    #expect(limits.requestBodyBytes == 0)
    #expect(limits.trailerBytes == 8 << 10)
    #expect(limits.bufferBytes == 32 << 10)
  }

  @Test("A proxy says who answered, names itself, begins traces and logs nothing unless told otherwise")
  func switches() {
    let settings = ProxySettings()
    #expect(settings.workers == 1)
    #expect(settings.killGrace == nil)
    #expect(settings.headers.onResponses)
    #expect(settings.headers.sendsVia)
    #expect(settings.headers.startsTraces)
    #expect(settings.headers.viaName == nil)
    #expect(settings.headers.forwarded == .replace)
    #expect(settings.userKey.sources == [.header("X-User-Id")])
    #expect(settings.userKey.anonymous == .legacy)
    #expect(settings.accessLog.sample == 1)
    #expect(settings.accessLog.bufferBytes == 1 << 20)
    #expect(!settings.accessLog.isOn)
  }

  @Test("User keys are hashed only for a log that is written, and only where it says so")
  func hashing() {
    for destination in [.none, .standardOutput, .file("access.log")] as [AccessLogSettings.Destination] {
      for user in AccessLogSettings.User.allCases {
        var log = AccessLogSettings()
        (log.destination, log.user) = (destination, user)
        #expect(log.isOn == (destination != .none))
        #expect(log.hashesUsers == (destination != .none && user == .hash), "\(destination) \(user)")
      }
    }
  }

  @Test(
    "Client connections get the descriptors that the servers of both cohorts and 320 others leave, up to their limit",
    arguments: [
      // descriptors, workers, servers of each cohort, for clients
      (320, 1, 0, 0, 0), (321, 1, 0, 0, 1), (319, 1, 0, 0, -1), (420, 1, 0, 0, 100), (421, 1, 0, 0, 100),
      (419, 1, 0, 0, 99), (350, 1, 1, 1, 10), (350, 2, 1, 0, 5), (351, 2, 1, 0, 5), (352, 2, 1, 0, 6),
      (360, 2, 0, 1, 10), (360, 0, 1, 1, 20),
    ])
  func descriptors(descriptors: Int, workers: Int, legacy: Int, unified: Int, forClients: Int) {
    var settings = ProxySettings()
    settings.workers = workers
    settings.limits.clientConnections = 100
    settings.limits.serverConnections = 10
    settings.legacy.servers = Array(repeating: Endpoint(host: "a", port: 1), count: legacy)
    settings.unified.servers = Array(repeating: Endpoint(host: "b", port: 1), count: unified)
    #expect(settings.clientConnections(withinDescriptors: descriptors) == forClients)
  }

  @Test("A flag has one number however many routes ask it, by its first route; fixed routes have none")
  func flagNames() {
    var settings = ProxySettings()
    settings.routes = [
      RouteSettings(path: "/c", target: .flag("B")), RouteSettings(path: "/x", target: .cohort(.legacy)),
      RouteSettings(path: "/d", target: .flag("A")), RouteSettings(path: "/", target: .flag("B")),
    ]
    #expect(settings.flagNames == ["B", "A"])
  }
}
