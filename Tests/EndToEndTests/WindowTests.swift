import Foundation
import Glibc
import TestSupport
import Testing

@Suite("What the cohorts did over time", .ownThread)
struct WindowTests {
  private static let half = #"{ "UNIFIED_CONVERSATION_ENABLED": 50 }"#

  private struct Comparison: Decodable {
    struct Figures: Decodable {
      var requests: Int
      var leftOut: Int
      var users: Double
      var errors: Int
    }

    struct Stage: Decodable {
      var percentage: Double
      var requests: Int
    }

    var stages: [Stage]
    var proxies: Int
    var silentProxies: [String]
    var legacy: Figures
    var unified: Figures
    var verdict: String
    var sentence: String

    var requests: Int { legacy.requests + unified.requests }
  }

  private struct Windows: Decodable {
    struct Figures: Decodable { var requests: Int }

    struct Window: Decodable {
      var legacy: Figures
      var unified: Figures
    }

    struct Mark: Decodable {
      var percentage: Double
      var local: Bool
    }

    var fleet: Bool
    var windows: [Window]
    var marks: [Mark]

    var requests: Int { windows.reduce(0) { $0 + $1.legacy.requests + $1.unified.requests } }
  }

  private func ask<Answer: Decodable>(_ target: String, _ proxy: ProxyProcess) throws -> Answer {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Answer.self, from: Data(proxy.admin(target).text.utf8))
  }

  private func comparison(_ proxy: ProxyProcess, _ since: String = "stage") throws -> Comparison {
    try ask("/api/v1/compare?since=\(since)", proxy)
  }

  private func windows(_ proxy: ProxyProcess, _ resolution: Int) throws -> Windows {
    try ask("/api/v1/windows?resolution=\(resolution)&from=0", proxy)
  }

  private func serve(_ count: Int, _ proxy: ProxyProcess) throws {
    let client = try proxy.client()
    for number in 0..<count { _ = try client.get(user: "user-\(number)") }
  }

  @Test("Every request is in the comparison and in the windows within two seconds, to the last one")
  func counts() throws {
    let stage = try Stage(flags: Self.half, workers: 2)
    try serve(60, stage.proxy)
    #expect(try eventually { try comparison(stage.proxy).requests == 60 })
    let found = try comparison(stage.proxy, "15m")
    #expect(found.legacy.requests == stage.legacy.requests.count)
    #expect(found.unified.requests == stage.unified.requests.count)
    #expect(found.legacy.users + found.unified.users == 60)
    #expect(found.legacy.leftOut == 0)
    #expect(found.verdict == "undecided")
    #expect(found.sentence.hasPrefix("Undecided: "))
    #expect(try eventually { try windows(stage.proxy, 1).requests == 60 })
    #expect(try eventually { try windows(stage.proxy, 60).requests == 60 })
  }

  @Test("A change of the flag begins a stage, and a local kill is a mark")
  func stages() throws {
    let stage = try Stage(flags: Self.half)
    try serve(20, stage.proxy)
    #expect(try eventually { try comparison(stage.proxy).requests == 20 })
    #expect(try stage.proxy.command("set", "60").status == .exited(0))
    // The windows are cut a moment after the change is in force.
    #expect(try eventually { try comparison(stage.proxy).requests == 0 })
    try serve(10, stage.proxy)
    #expect(try eventually { try comparison(stage.proxy).requests == 10 })
    let since = try comparison(stage.proxy, "1h")
    #expect(since.stages.map(\.percentage) == [50, 60])
    #expect(since.stages.map(\.requests) == [20, 10])
    #expect(try stage.proxy.command("kill", "--local").status == .exited(0))
    #expect(try eventually { try windows(stage.proxy, 60).marks.map(\.local) == [false, false, true] })
    #expect(try comparison(stage.proxy).sentence.contains("is killed"))
  }

  @Test("A stage that begins seconds after one with the same split has none of its traffic; SIGTERM loses no second")
  func sameSplitAgain() throws {
    let stage = try Stage(flags: Self.half)
    try serve(20, stage.proxy)
    #expect(try stage.proxy.command("kill", "--reason", "a test").status == .exited(0))
    #expect(try stage.proxy.command("restore", "--reason", "a test").status == .exited(0))
    #expect(try eventually { try windows(stage.proxy, 60).marks.count == 3 })
    #expect(try comparison(stage.proxy).requests == 0)
    try serve(7, stage.proxy)
    stage.proxy.terminate()
    #expect(stage.proxy.exitStatus() == .exited(0))
    let again = try ProxyProcess(in: stage.proxy.folder)
    #expect(try comparison(again).requests == 7)
    #expect(try comparison(again, "15m").requests == 27)
    #expect(try windows(again, 1).requests == 27)
    #expect(try windows(again, 60).requests == 27)
  }

  @Test("A proxy that is killed outright knows all but its last seconds, and its stage goes on")
  func crash() throws {
    let stage = try Stage(flags: Self.half)
    try serve(30, stage.proxy)
    #expect(try eventually { try comparison(stage.proxy).requests == 30 })
    // What is older than ten seconds is on disk.
    pause(.seconds(10))
    stage.proxy.crash()
    let again = try ProxyProcess(in: stage.proxy.folder)
    #expect(try comparison(again).requests == 30)
    #expect(try comparison(again, "15m").requests == 30)
    try serve(5, again)
    #expect(try eventually { try comparison(again).requests == 35 })
    #expect(try windows(again, 1).requests == 35)
    #expect(try windows(again, 60).requests == 35)
    let id = again.folder.text("turnout.state/windows/id")
    again.terminate()
    #expect(again.exitStatus() == .exited(0))
    let last = try ProxyProcess(in: stage.proxy.folder)
    #expect(try comparison(last).requests == 35)
    #expect(last.folder.text("turnout.state/windows/id") == id)
    #expect(id.count == 17)
  }

  @Test("Files that are damaged or in the way stop nothing, are told and counted")
  func damagedFiles() throws {
    let stage = try Stage(flags: Self.half)
    try serve(10, stage.proxy)
    #expect(try eventually { try comparison(stage.proxy).requests == 10 })
    stage.proxy.terminate()
    #expect(stage.proxy.exitStatus() == .exited(0))
    let folder = stage.proxy.folder
    try folder.write("damaged, and long enough to be none", to: "turnout.state/windows/snapshot")
    let again = try ProxyProcess(in: folder)
    #expect(again.log.contains("windows/snapshot: is damaged"))
    #expect(FileManager.default.fileExists(atPath: folder.file("turnout.state/windows/snapshot.corrupt")))
    try serve(3, again)
    #expect(try eventually { try comparison(again).requests >= 3 })
    again.terminate()
    #expect(again.exitStatus() == .exited(0))
    try FileManager.default.removeItem(atPath: folder.file("turnout.state/windows"))
    try folder.write("a file, no folder", to: "turnout.state/windows")
    let without = try ProxyProcess(in: folder)
    #expect(without.log.contains("windows are lost at the next restart"))
    try serve(4, without)
    #expect(try eventually { try comparison(without).requests == 4 })
    #expect(try without.metric(#"turnout_window_write_errors_total{place="disk"}"#) == 1)
  }

  @Test("Two proxies that share a Redis tell the sum, and go on without it")
  func fleet() throws {
    let stage = try RedisStage()
    let servers = "servers: [\"http://127.0.0.1:\(stage.legacy.port)\"]"
    let cohorts = "cohorts: { legacy: { \(servers) }, unified: { \(servers), path_prefix: /u } }\n"
    let other = try ProxyProcess(cohorts + "name: edge-2", place: stage.server.address())
    try serve(20, stage.proxy)
    try serve(15, other)
    for proxy in [stage.proxy, other] {
      #expect(try eventually(within: .seconds(20)) { try comparison(proxy).requests == 35 })
      #expect(try comparison(proxy).proxies == 2)
      #expect(try comparison(proxy).silentProxies == [])
      #expect(try windows(proxy, 60).fleet)
      #expect(try windows(proxy, 60).requests == 35)
      #expect(try !windows(proxy, 1).fleet)
    }
    stage.server.kill()
    try serve(5, stage.proxy)
    #expect(try eventually { try comparison(stage.proxy).requests == 40 })
    #expect(try comparison(other).requests == 35)
  }
}
