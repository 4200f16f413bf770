import TestSupport
import Testing

@Suite("What cannot work ends the start, with the reason and an exit status", .ownThread)
struct StartTests {
  private static let servers =
    "cohorts: { legacy: { servers: [\"http://127.0.0.1:1\"] }, unified: { servers: [\"http://127.0.0.1:2\"] } }\n"

  /// The exit status and what was printed.
  private func start(_ settings: String, flags: String? = "{ \"UNIFIED_CONVERSATION_ENABLED\": 0 }") throws -> (
    Program.ExitStatus?, String
  ) {
    let folder = try TemporaryFolder()
    try folder.write(settings, to: "turnout.yaml")
    if let flags { try folder.write(flags, to: "flags.json") }
    let process = try Program(ProxyProcess.binary(), ["serve"], in: folder.path, log: folder.file("log"))
    eventually { process.exitStatus != nil }
    return (process.exitStatus, folder.text("log"))
  }

  @Test(
    "A configuration with a mistake names the line and key",
    arguments: [
      ("listen: 127.0.0.1:0\nworkers: 0\n", "turnout.yaml:2: workers"),
      ("listen: 127.0.0.1:99999\n", "turnout.yaml:1: listen"), ("lisen: 127.0.0.1:0\n", "did you mean listen?"),
      ("timeouts: { connect: 1 }\n", "timeouts.connect"),
    ])
  func configuration(_ settings: String, _ message: String) throws {
    let (status, log) = try start(settings + Self.servers)
    #expect(status == .exited(78))
    #expect(log.contains(message), "\(log)")
  }

  @Test("Flags that are broken or missing stop the start", arguments: ["{", nil])
  func flags(_ text: String?) throws {
    let (status, log) = try start("listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\n" + Self.servers, flags: text)
    #expect(status == .exited(78))
    #expect(log.contains("flags.json"), "\(log)")
  }

  @Test("A port that is taken is named", arguments: ["listen", "admin"])
  func taken(_ key: String) throws {
    let taken = try ScriptedUpstream(.saying(""))
    let other = key == "listen" ? "admin" : "listen"
    let (status, log) = try start("\(key): 127.0.0.1:\(taken.port)\n\(other): 127.0.0.1:0\n" + Self.servers)
    #expect(status == .exited(1))
    #expect(log.contains("127.0.0.1:\(taken.port)"), "\(log)")
  }
}
