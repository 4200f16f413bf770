import Foundation
import Testing

@Suite("kill --local and restore --local speak to one proxy alone", .ownThread)
struct LocalCommandTests {
  /// Runs a command against an admin port that answers so.
  private func run(
    _ arguments: [String], answer: String, status: Int = 200, token: String? = nil
  ) throws -> (output: String, status: ChildProcess.ExitStatus?, request: WireHead?, body: String) {
    let folder = try TemporaryFolder()
    let text = "HTTP/1.1 \(status) X\r\nContent-Length: \(answer.utf8.count)\r\n\r\n\(answer)"
    let admin = try ScriptedUpstream([.request, .send(text), .close])
    if let token {
      try FileManager.default.createDirectory(atPath: folder.file("turnout.state"), withIntermediateDirectories: true)
      try folder.write(token + "\n", to: "turnout.state/admin-token")
    }
    let all = arguments + ["--admin", "127.0.0.1:\(admin.port)"]
    let command = try ChildProcess(ProxyProcess.binary(), all, in: folder.path, log: folder.file("log"))
    let exit = command.wait()
    let body = admin.bodies.first.map { $0.text } ?? ""
    return (folder.text("log"), exit, admin.requests.first, body)
  }

  @Test("The order is sent with the token, and the answer says that it is in force")
  func kill() throws {
    let answer = #"{"changed":true,"generation":8,"killed_locally":true}"#
    let result = try run(["kill", "--local", "--hard", "--reason", "fire"], answer: answer, token: "sesame")
    #expect(result.status == .exited(0))
    #expect(result.output.contains("KILLED locally") && result.output.contains("(generation 8)"))
    #expect(result.output.contains("undo: turnout restore --local --admin"))
    #expect(result.request?.startLine == "POST /api/v1/kill HTTP/1.1")
    #expect(result.request?["Authorization"] == ["Bearer sesame"])
    #expect(result.request?["Content-Type"] == ["application/json"])
    #expect(result.body.contains(#""hard":true"#) && result.body.contains(#""reason":"fire""#))
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
    #expect(result.output.contains("The token is wrong.") && result.output.contains("--token-file"))
  }

  @Test("Nobody there is exit 5, a flag beside --local is wrong usage, and a socket goes before the port")
  func nobody() throws {
    let folder = try TemporaryFolder()
    func run(_ arguments: String...) throws -> ChildProcess.ExitStatus? {
      try ChildProcess(ProxyProcess.binary(), arguments, in: folder.path, log: folder.file("log")).wait()
    }
    #expect(try run("kill", "--local", "--admin", "127.0.0.1:\(try FreePort.take())") == .exited(5))
    #expect(folder.text("log").contains("kill -USR1"))
    #expect(try run("kill", "--local", "--flag", "F") == .exited(64))
    #expect(try run("kill", "--local", "--token-file", "missing", "--admin", "127.0.0.1:1") == .exited(78))
    try FileManager.default.createDirectory(atPath: folder.file("turnout.state"), withIntermediateDirectories: true)
    try folder.write("", to: "turnout.state/admin.sock")
    #expect(try run("kill", "--local") == .exited(5))
    #expect(folder.text("log").contains("No proxy answers at turnout.state/admin.sock (its socket)"))
  }
}
