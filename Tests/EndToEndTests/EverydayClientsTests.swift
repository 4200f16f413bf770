import Foundation
import TestSupport
import Testing

@Suite("The clients that people use work through the proxy", .ownThread)
struct EverydayClientsTests {
  /// Runs a program to its end and gives what it printed.
  private func run(_ program: String, _ arguments: [String], in stage: Stage) throws -> String {
    let log = "client-\(UUID().uuidString)"
    let folder = stage.proxy.folder
    let process = try Program(
      "/usr/bin/timeout", ["60", program] + arguments, in: folder.path, log: folder.file(log))
    let status = process.wait()
    let output = folder.text(log)
    #expect(status == .exited(0), "\(program): \(output)")
    return output
  }

  @Test("curl: GET, an upload with Expect, and HTTP/1.0")
  func curl() throws {
    let stage = try Stage()
    let url = "http://127.0.0.1:\(stage.proxy.port)/"
    let format = " %{http_code}"
    #expect(try run("/usr/bin/curl", ["-s", "-w", format, url], in: stage) == "legacy 200")
    #expect(try run("/usr/bin/curl", ["-s", "-w", format, "-H", "X-User-Id: uma", url], in: stage) == "unified 200")
    let upload = ["-s", "-w", format, "-H", "Expect: 100-continue", "-T", stage.proxy.folder.file("turnout.yaml"), url]
    #expect(try run("/usr/bin/curl", upload, in: stage) == "legacy 200")
    #expect(try run("/usr/bin/curl", ["-s", "-0", "-w", format, url], in: stage) == "legacy 200")
  }

  @Test("ab: kept connections, with HTTP/1.0")
  func ab() throws {
    let stage = try Stage()
    let url = "http://127.0.0.1:\(stage.proxy.port)/"
    let output = try run("/usr/bin/ab", ["-q", "-k", "-n", "2000", "-c", "16", url], in: stage)
    #expect(output.contains("Complete requests:      2000"))
    #expect(output.contains("Failed requests:        0"))
    #expect(output.contains("Keep-Alive requests:    2000"))
    #expect(!output.contains("Non-2xx"))
  }

  @Test("Python requests: a session, JSON, a body in pieces")
  func requests() throws {
    let stage = try Stage()
    let script = """
      import requests
      session = requests.Session()
      url = "http://127.0.0.1:\(stage.proxy.port)/api/chat"
      answers = [session.post(url, json={"message": "hi"}, headers={"X-User-Id": user}) for user in ("uma", "bob")]
      answers.append(session.post(url, data=(b"x" * 1000 for _ in range(5))))
      print([(answer.status_code, answer.text, answer.headers["X-Turnout-Cohort"]) for answer in answers])
      """
    let output = try run("/usr/bin/python3", ["-c", script], in: stage)
    #expect(output == "[(200, 'unified', 'unified'), (200, 'legacy', 'legacy'), (200, 'legacy', 'legacy')]\n")
    #expect(stage.legacy.bodies.last?.bytes.count == 5_000)
  }

  @Test("A browser: the page, what it loads, and the sticky cookie of an anonymous user")
  func browser() throws {
    let page = "<!doctype html><p id=a>waiting</p><script src=/script.js></script>"
    let script = "document.getElementById('a').textContent = 'loaded ' + document.cookie"
    let html = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: \(page.utf8.count)\r\n\r\n\(page)"
    let code =
      "HTTP/1.1 200 OK\r\nContent-Type: text/javascript\r\nContent-Length: \(script.utf8.count)\r\n\r\n\(script)"
    let stage = try Stage(
      ScriptedUpstream([.request, .send(html), .request, .send(code), .again]), ScriptedUpstream(.saying("unified")),
      settings: "user_key: { anonymous: cookie }")
    let arguments = [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--dump-dom",
      "--user-data-dir=\(stage.proxy.folder.file("profile"))", "http://127.0.0.1:\(stage.proxy.port)/page",
    ]
    #expect(try run("/usr/bin/chromium", arguments, in: stage).contains("loaded "))
    let cookies = stage.legacy.requests.dropFirst().flatMap { $0["Cookie"] }
    #expect(cookies.first?.hasPrefix("turnout_id=") == true)
  }
}
