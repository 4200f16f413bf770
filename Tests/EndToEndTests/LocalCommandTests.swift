import Foundation
import TestSupport
import Testing

@Suite("kill --local and restore --local speak to one proxy alone", .ownThread)
struct LocalCommandTests {
  /// Runs a command against an admin port that answers so.
  private func run(
    _ arguments: [String], answer: String, status: Int = 200, token: String? = nil
  ) throws -> (output: String, status: Program.ExitStatus?, request: WireHead?, body: String) {
    let folder = try TemporaryFolder()
    let text = "HTTP/1.1 \(status) X\r\nContent-Length: \(answer.utf8.count)\r\n\r\n\(answer)"
    let admin = try ScriptedUpstream([.request, .send(text), .close])
    if let token {
      try FileManager.default.createDirectory(atPath: folder.file("turnout.state"), withIntermediateDirectories: true)
      try folder.write(token + "\n", to: "turnout.state/admin.token")
    }
    let all = arguments + ["--admin", "127.0.0.1:\(admin.port)"]
    let command = try Program(ProxyProcess.binary(), all, in: folder.path, log: folder.file("log"))
    let exit = command.wait()
    let body = admin.bodies.first.map { $0.text } ?? ""
    return (folder.text("log"), exit, admin.requests.first, body)
  }

  @Test("The order is sent with the token, and the answer says that it is in force")
  func kill() throws {
    let answer = #"{"changed":true,"generation":8,"killed_locally":true}"#
    let result = try run(["kill", "--local", "--hard", "--reason", "fire"], answer: answer, token: "sesame")
    #expect(result.status == .exited(0))
    #expect(result.output.contains("KILLED locally"))
    #expect(result.output.contains("(generation 8)"))
    #expect(result.output.contains("undo: turnout restore --local --admin"))
    #expect(result.request?.startLine == "POST /api/v1/kill HTTP/1.1")
    #expect(result.request?["Authorization"] == ["Bearer sesame"])
    #expect(result.request?["Content-Type"] == ["application/json"])
    #expect(result.body.contains(#""hard":true"#))
    #expect(result.body.contains(#""reason":"fire""#))
    #expect(result.body.contains(#""by":""#))
  }

  @Test("restore says whether there was something to end")
  func restore() throws {
    let answer = #"{"changed":false,"generation":9,"killed_locally":false}"#
    let result = try run(["restore", "--local"], answer: answer)
    #expect(result.status == .exited(0))
    #expect(result.output.contains("there was no local kill"))
    #expect(result.request?.startLine == "POST /api/v1/restore HTTP/1.1")
    #expect(result.request?["Authorization"] == [])
  }

  @Test("A refusal is told with its reason and what to give")
  func refused() throws {
    let result = try run(["kill", "--local"], answer: #"{"error":"The token is wrong.","try":[]}"#, status: 401)
    #expect(result.status == .exited(1))
    #expect(result.output.contains("The token is wrong."))
    #expect(result.output.contains("--token-file"))
  }

  @Test("Nobody there is exit 5, a flag beside --local is wrong usage, and a socket goes before the port")
  func nobody() throws {
    let folder = try TemporaryFolder()
    func run(_ arguments: String...) throws -> Program.ExitStatus? {
      try Program(ProxyProcess.binary(), arguments, in: folder.path, log: folder.file("log")).wait()
    }
    #expect(try run("kill", "--local", "--admin", "127.0.0.1:\(try FreePort.take())") == .exited(5))
    #expect(folder.text("log").contains("kill -USR1"))
    #expect(try run("kill", "--local", "--flag", "F") == .exited(64))
    #expect(try run("kill", "--local", "--token-file", "missing", "--admin", "127.0.0.1:1") == .exited(78))
    try FileManager.default.createDirectory(atPath: folder.file("turnout.state"), withIntermediateDirectories: true)
    try folder.write("", to: "turnout.state/admin.sock")
    #expect(try run("kill", "--local") == .exited(5))
    #expect(folder.text("log").contains("No proxy responds at turnout.state/admin.sock (its socket)"))
  }
}

@Suite("A local kill of a running proxy", .ownThread)
struct LocalKillTests {
  private static let full = #"{ "UNIFIED_CONVERSATION_ENABLED": 100 }"#

  /// In the folder of the proxy, with nothing but the words given.
  private func run(_ stage: Stage, _ words: String...) throws -> (output: String, status: Program.ExitStatus?) {
    let folder = stage.proxy.folder
    let log = "command-\(UUID().uuidString)"
    let status = try Program(ProxyProcess.binary(), words, in: folder.path, log: folder.file(log)).wait()
    return (folder.text(log), status)
  }

  @Test("Over its socket it needs no token and no store, survives a crash right after, and ends with restore --local")
  func socket() throws {
    let stage = try Stage(flags: Self.full)
    let folder = stage.proxy.folder
    #expect(try stage.client().get(user: "lena").text == "unified")
    try FileManager.default.removeItem(atPath: folder.file("flags.json"))
    let (output, status) = try run(stage, "kill", "--local", "--reason", "fire")
    #expect(status == .exited(0), "\(output)")
    #expect(output.contains("KILLED locally"), "\(output)")
    stage.proxy.crash()
    let proxy = try ProxyProcess(in: folder)
    #expect(try proxy.client().get(user: "lena").text == "legacy")
    #expect(try proxy.command("status").output.contains("\"fire\""))
    let ending = try run(stage, "restore", "--local").output
    #expect(ending.contains("has ended"))
    #expect(ending.contains("in force now: UNIFIED_CONVERSATION_ENABLED  100 %"))
    #expect(try proxy.client().get(user: "lena").text == "unified", "as it was kept")
    #expect(try run(stage, "restore", "--local").output.contains("there was no local kill"))
  }

  @Test(
    "No mistake in turnout.yaml stops it, nor a look at the proxy", arguments: ["flags: [a]", "flags: \"x", "\tx: y"])
  func brokenFile(mistake: String) throws {
    let stage = try Stage(flags: Self.full)
    let file = stage.proxy.folder.text("turnout.yaml").replacing("flags: \"flags.json\"", with: mistake)
    #expect(file.contains(mistake))
    try stage.proxy.folder.write(file, to: "turnout.yaml")
    let (output, status) = try run(stage, "kill", "--local", "--reason", "fire")
    #expect(status == .exited(0), "\(output)")
    #expect(output.contains("KILLED locally"), "\(output)")
    #expect(output.contains("turnout check"), "\(output)")
    let look = try stage.proxy.command("status")
    #expect(look.status == .exited(0), "\(look.output)")
    #expect(look.output.contains("KILLED LOCALLY"), "\(look.output)")
    #expect(try run(stage, "restore", "--local").status == .exited(0))
    #expect(try run(stage, "kill").status == .exited(78), "which store is not known")
  }

  @Test("Over the admin port it needs the token, which the state folder has")
  func port() throws {
    let stage = try Stage(flags: Self.full)
    let folder = stage.proxy.folder
    #expect(try stage.proxy.command("kill", "--local", "--json").output.contains(#""killed_locally" : true"#))
    #expect(try stage.client().get(user: "lena").text == "legacy")
    let elsewhere = try stage.proxy.command("restore", "--local", "--state", "elsewhere")
    #expect(elsewhere.status == .exited(1), "\(elsewhere.output)")
    #expect(elsewhere.output.contains("--token-file"), "\(elsewhere.output)")
    let file = folder.file("turnout.state/admin.token")
    let given = try stage.proxy.command("restore", "--local", "--state", "elsewhere", "--token-file", file)
    #expect(given.status == .exited(0), "\(given.output)")
    #expect(try stage.client().get(user: "lena").text == "unified")
  }
}
