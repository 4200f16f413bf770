import FlagStore
import Foundation
import Proxy
import Testing

@testable import Configuration

@Suite struct OverrideTests {
  @Test("Without a file, two servers are enough")
  func commandLineOnly() throws {
    var overrides = Overrides()
    overrides.legacy = [.init("http://127.0.0.1:9001", from: .option("--legacy"))]
    overrides.unified = [.init("http://127.0.0.1:9002", from: .option("--unified"))]
    let found = try Configuration.load(file: nil, overrides: overrides)
    #expect(found.proxy.listen == [Configuration.standardListen])
    #expect(found.proxy.routes == [RouteSettings(path: "/", target: .flag("UNIFIED_CONVERSATION_ENABLED"))])
    #expect(found.flags == .file("flags.json"))
    #expect(found.file == nil)
  }

  @Test("Without a file and without servers, the options are named that are missing")
  func nothingGiven() {
    let error = #expect(throws: ConfigurationError.self) { try Configuration.load(file: nil) }
    #expect(
      error?.problems.map(\.description) == [
        "cohorts.legacy.servers: missing; expected at least one server: --legacy http://HOST:PORT",
        "cohorts.unified.servers: missing; expected at least one server: --unified http://HOST:PORT",
      ])
  }

  @Test("The command line replaces what the file says, lists as a whole")
  func replaced() throws {
    var overrides = Overrides()
    overrides.listen = [.init("a:1", from: .option("--listen")), .init("a:2", from: .option("--listen"))]
    overrides.admin = .init("a:3", from: .variable("TURNOUT_ADMIN"))
    overrides.flags = .init("other.json", from: .option("--flags"))
    overrides.workers = .init("7", from: .option("--workers"))
    overrides.legacy = [.init("http://a:4", from: .option("--legacy"))]
    let text = cohorts + "listen: [b:1, b:2, b:3]\nadmin: b:4\nflags: mine.json\nworkers: 1"
    var found = try configuration(text)
    #expect(found.apply(overrides).isEmpty)
    #expect(found.proxy.listen.map(\.description) == ["a:1", "a:2"])
    #expect(found.admin.description == "a:3")
    #expect(found.flags == .file("other.json"))
    #expect(found.proxy.workers == 7)
    #expect(found.proxy.legacy.servers.map(\.description) == ["a:4"])
    #expect(found.proxy.unified.servers.map(\.description) == ["127.0.0.1:9002"])
    #expect(found.origin(of: "admin") == .variable("TURNOUT_ADMIN"))
    #expect(found.origin(of: "listen[2]") == .file("turnout.yaml", line: nil))
    #expect(found.origin(of: "cohorts.unified.servers") == .file("turnout.yaml", line: 3))
  }

  @Test("A mistake on the command line or in a variable is named by the option or the variable")
  func mistakes() {
    var overrides = Overrides()
    overrides.workers = .init("x", from: .option("--workers"))
    overrides.flags = .init("", from: .variable("TURNOUT_FLAGS"))
    overrides.legacy = [.init("https://a", from: .option("--legacy"))]
    overrides.unified = [.init("http://127.0.0.1:8080", from: .option("--unified"))]
    #expect(
      complaints(cohorts, overrides) == [
        "TURNOUT_FLAGS: found nothing, expected \(flagPlace)",
        #"--workers: found "x", expected auto or a whole number from 1 to 256"#,
        #"--legacy: found "https://a", expected http://HOST:PORT, such as http://127.0.0.1:9001; TLS towards servers is not supported"#,
        "--unified: http://127.0.0.1:8080 is an address of this proxy itself: requests would go round",
      ])
  }

  @Test("flags: starts at the folder of the file, an option at the working folder")
  func relativePaths() throws {
    try withTemporaryFolder { folder in
      let file = folder + "/turnout.yaml"
      try (cohorts + "flags: sub/f.json").write(toFile: file, atomically: true, encoding: .utf8)
      #expect(try Configuration.load(file: file).place == folder + "/sub/f.json")
      var overrides = Overrides()
      overrides.flags = .init("sub/f.json", from: .option("--flags"))
      #expect(try Configuration.load(file: file, overrides: overrides).place == "sub/f.json")
      try cohorts.write(toFile: file, atomically: true, encoding: .utf8)
      #expect(try Configuration.load(file: file).place == folder + "/flags.json")
      try (cohorts + "flags: /etc/f.json").write(toFile: file, atomically: true, encoding: .utf8)
      #expect(try Configuration.load(file: file).place == "/etc/f.json")
    }
  }

  @Test("Flags and admin are found although other parts of the file are wrong, not if they are wrong themselves")
  func located() throws {
    try withTemporaryFolder { folder in
      let file = folder + "/turnout.yaml"
      try "admin: a:1\nflags: /f.json\nworkers: x\ntimeouts: {drain: 1}".write(
        toFile: file, atomically: true, encoding: .utf8)
      let (found, passedOver) = try Configuration.locate(file: file, overrides: Overrides())
      #expect(found.admin.description == "a:1")
      #expect(found.place == "/f.json")
      #expect(passedOver == 2)
      for text in ["admin: a", "flags: []", "flgs: a.json", "no: [yaml", "[]"] {
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        #expect(throws: ConfigurationError.self) { try Configuration.locate(file: file, overrides: Overrides()) }
      }
      var overrides = Overrides()
      overrides.flags = .init("f.json", from: .option("--flags"))
      overrides.admin = .init("b:2", from: .option("--admin"))
      try "no: [yaml".write(toFile: file, atomically: true, encoding: .utf8)
      #expect(try Configuration.locate(file: file, overrides: overrides).configuration.admin.description == "b:2")
    }
  }
}
