import FlagStore
import Flags
import Foundation
import Proxy
import Redis
import Testing

@testable import Configuration

@Suite struct FlagPlaceTests {
  @Test("Every value about the store and the state of a proxy arrives")
  func everyValue() throws {
    let found = try configuration(
      cohorts + """
        flags: rediss://ann:secret@store:7000/2
        flag_store: {key_prefix: "eu:", ca_file: ca.pem, on_loss: legacy after 60s, largest_step: 12.5}
        state: /var/lib/turnout
        admin_socket: none
        admin_hosts: [turnout.internal, "::1", 10.0.0.7]
        name: edge-1
        kill_grace: 30s
        """)
    let address = try RedisAddress(parsing: "rediss://ann:secret@store:7000/2")
    #expect(found.flags == .redis(RedisFlagLocation(address: address, keyPrefix: "eu:", caFile: "ca.pem")))
    #expect(found.place == "rediss://ann:***@store:7000/2")
    #expect(found.flagStore.onLoss == .legacy(after: .seconds(60)))
    #expect(found.flagStore.largestStep.threshold == 12_500)
    #expect(found.state == "/var/lib/turnout")
    #expect(found.adminSocket == nil)
    #expect(found.adminHosts == ["turnout.internal", "::1", "10.0.0.7"])
    #expect(found.name == "edge-1")
    #expect(found.proxy.killGrace == 30_000_000_000)
  }

  @Test("Paths start at the folder of the file, the socket in the state folder")
  func paths() throws {
    let text = "flags: unix:/run/redis.sock\nflag_store: {ca_file: ca.pem}\nadmin_socket: a.sock"
    let (found, problems) = try Configuration.read(text: text, file: "/etc/turnout/turnout.yaml")
    #expect(problems.isEmpty)
    #expect(found.state == "/etc/turnout/turnout.state")
    #expect(found.adminSocket == "/etc/turnout/a.sock")
    #expect(found.flagStore.caFile == "/etc/turnout/ca.pem")
    #expect(found.place == "unix:/run/redis.sock?db=0")
    #expect(Configuration().adminSocket == "turnout.state/admin.sock")
  }

  @Test("Another address keeps what the section says of keys and certificates")
  func overridden() throws {
    var found = try configuration(cohorts + "flag_store: {key_prefix: eu}\nstate: a\nname: b")
    var overrides = Overrides()
    overrides.flags = .init("redis://store", from: .option("--flags"))
    overrides.state = .init("here", from: .variable("TURNOUT_STATE"))
    overrides.name = .init("edge-2", from: .option("--name"))
    #expect(found.apply(overrides).isEmpty)
    #expect(
      found.flags == .redis(RedisFlagLocation(address: try RedisAddress(parsing: "redis://store"), keyPrefix: "eu")))
    #expect(found.state == "here")
    #expect(found.name == "edge-2")
  }

  @Test(
    "No message shows what may be a password",
    arguments: ["redis://:p@ss@host:x", "redis://u:pa/ss@host", "http://u:p@host", "unix://u:p@run/x", "redis:u:p@x"])
  func masked(text: String) {
    let message = complaints(cohorts + "flags: \(text)").joined()
    #expect(message.contains("***"), "\(message)")
    #expect(!message.contains(":p"), "\(message)")
  }

  @Test("A command goes on past a mistake that does not say which store, and stops at one that may")
  func located() throws {
    try withTemporaryFolder { folder in
      let file = folder + "/turnout.yaml"
      for (text, isFine) in [
        ("flag_store: {largest_step: x}", true), ("state: []", true), ("kill_grace: x", true),
        ("flag_store: {key_prefx: x}", true), ("flags: redis://a\nflag_store: {key_prefx: x}", false),
        ("flags: redis://a\nflag_store: {largest_step: x}", true), ("flags: redis://a:b", false),
      ] {
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        let found = try? Configuration.locate(file: file, overrides: Overrides())
        #expect((found != nil) == isFine, "\(text)")
      }
    }
  }
}
