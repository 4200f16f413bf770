import Foundation
import Glibc
import TestSupport
import Testing

@Suite("Strangers change nothing through the admin port", .ownThread)
struct AdminAccessTests {
  private static let path = "/api/v1/flags/\(AdminStage.flag)/kill"

  private func expectUnchanged(_ stage: AdminStage, sourceLocation: SourceLocation = #_sourceLocation) throws {
    #expect(stage.folder.text("flags.json").contains("\"revision\": 3"), sourceLocation: sourceLocation)
    #expect(
      try stage.ask("GET /api/v1/flags").text.contains("\"killed_locally\":false"), sourceLocation: sourceLocation)
  }

  @Test("No token and a wrong token are refused, on every path that changes something")
  func token() throws {
    let stage = try AdminStage()
    let paths = [
      "PUT /api/v1/flags/\(AdminStage.flag)", "POST \(Self.path)", "POST /api/v1/flags/\(AdminStage.flag)/restore",
      "POST /api/v1/kill", "POST /api/v1/restore",
    ]
    for path in paths {
      let missing = try stage.ask(path, [], body: "{}")
      #expect(missing.status == 401)
      #expect(missing.head["WWW-Authenticate"] == ["Bearer realm=\"turnout\""])
      let wrong = try stage.ask(path, ["Authorization: Bearer \(stage.token.reversed())"], body: "{}")
      #expect(wrong.status == 401)
      #expect(wrong.text.contains("token file"))
    }
    try expectUnchanged(stage)
    let metrics = try stage.ask("GET /metrics", []).text
    #expect(metrics.contains("turnout_admin_refused_total{reason=\"token_missing\"} 5"))
    #expect(metrics.contains("turnout_admin_refused_total{reason=\"token_wrong\"} 5"))
  }

  @Test("Who tries tokens is slowed, and the right token is not")
  func guessing() throws {
    let stage = try AdminStage()
    for _ in 0..<5 { _ = try stage.ask("POST /api/v1/kill", ["Authorization: Bearer x"]) }
    let clock = ContinuousClock()
    let slow = try clock.measure { _ = try stage.ask("POST /api/v1/kill", ["Authorization: Bearer x"]) }
    var status = 0
    let quick = try clock.measure { status = try stage.ask("POST /api/v1/restore").status }
    #expect(status == 200)
    #expect(slow >= .seconds(1))
    #expect(quick < slow)
  }

  @Test("The socket needs no token, since it is its owner's alone; the trail says who came over it")
  func socket() throws {
    let stage = try AdminStage()
    for name in ["admin.sock", "admin.token"] {
      var status = stat()
      #expect(lstat(stage.folder.file("turnout.state/" + name), &status) == 0)
      #expect(status.st_mode & 0o777 == 0o600)
    }
    let format = ["-s", "-w", " %{http_code}", "--unix-socket", stage.socket]
    let (output, _) = try stage.run("/usr/bin/curl", format + ["-X", "POST", "http://any.name\(Self.path)"])
    #expect(output.hasSuffix(" 200"), "\(output)")
    #expect(try stage.ask("GET /api/v1/audit?limit=1").text.contains("admin socket uid \(geteuid())"))
  }

  @Test("A name that a stranger made lead here is refused, also for reading")
  func rebinding() throws {
    let stage = try AdminStage()
    for line in ["GET /metrics", "GET /api/v1/flags", "POST /api/v1/kill"] {
      let client = try stage.connect()
      let answer = try client.ask("\(line) HTTP/1.1\r\nHost: evil.example:\(stage.port)\r\n\r\n")
      #expect(answer.status == 421)
      #expect(answer.text.contains("admin_hosts"))
    }
    let named = try AdminStage(settings: "admin_hosts: [proxy-1.example]")
    let client = try named.connect()
    #expect(try client.ask("GET /metrics HTTP/1.1\r\nHost: proxy-1.example\r\n\r\n").status == 200)
  }

  @Test("A browser's pages of another origin change nothing, by forms or by scripts")
  func browser() throws {
    let stage = try AdminStage()
    let target = "http://127.0.0.1:\(stage.port)"
    let page = """
      <!doctype html><iframe name=f></iframe>
      <form id=a method=post target=f action="\(target)\(Self.path)"></form>
      <form id=b method=post target=f enctype=text/plain action="\(target)/api/v1/kill"><input name='{"a' value='":1}'></form>
      <p id=p>waiting</p><script>
      a.submit(); b.submit();
      const log = [];
      const tries = [
        fetch('\(target)/api/v1/kill', {method: 'POST', mode: 'no-cors'}),
        fetch('\(target)/api/v1/kill', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{}'}),
        fetch('\(target)/api/v1/flags'),
      ];
      Promise.allSettled(tries).then(all => { p.textContent = 'tried ' + all.map(x => x.status).join(' '); });
      </script>
      """
    let html = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: \(page.utf8.count)\r\n\r\n\(page)"
    let site = try ScriptedUpstream([.request, .send(html), .again])
    let arguments = [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--dump-dom",
      "--virtual-time-budget=5000", "--user-data-dir=\(stage.folder.file("profile"))",
      "http://localhost:\(site.port)/page",
    ]
    let (output, status) = try stage.run("/usr/bin/chromium", arguments)
    #expect(status == .exited(0), "\(output)")
    #expect(output.contains("tried fulfilled rejected rejected"), "\(output)")
    try expectUnchanged(stage)
    let metrics = try stage.ask("GET /metrics", []).text
    let refused = metrics.matches(of: /reason="origin"} (\d+)/).first.flatMap { Int($0.1) } ?? 0
    #expect(refused >= 4, "\(refused) were refused for their origin")
  }

  @Test("A browser that was led here by a name of a stranger reads nothing")
  func reboundBrowser() throws {
    let stage = try AdminStage()
    let arguments = [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--dump-dom",
      "--host-resolver-rules=MAP evil.example 127.0.0.1", "--user-data-dir=\(stage.folder.file("profile"))",
      "http://evil.example:\(stage.port)/api/v1/flags",
    ]
    let (output, status) = try stage.run("/usr/bin/chromium", arguments)
    #expect(status == .exited(0), "\(output)")
    #expect(output.contains("admin_hosts"), "\(output)")
    #expect(!output.contains("uma"), "\(output)")
  }

  @Test("A body that is too large is refused before it comes, and one that is slow holds up nobody")
  func bodies() throws {
    let stage = try AdminStage()
    let headers = [stage.bearer, "Content-Type: application/json"]
    let large = try stage.connect()
    try large.send(AdminStage.request("POST /api/v1/kill", headers + ["Content-Length: 1048577"]))
    #expect(try large.readResponse().status == 413)
    let slow = try stage.connect()
    try slow.send(AdminStage.request("POST /api/v1/kill", headers + ["Content-Length: 2"]) + "{")
    #expect(try stage.ask("GET /healthz").status == 200)
    slow.patience = 20
    #expect(try slow.readResponse().status == 408)
    try expectUnchanged(stage)
  }

  @Test("A body that is no JSON by name is refused")
  func mediaType() throws {
    let stage = try AdminStage()
    for type in ["text/plain", "application/x-www-form-urlencoded"] {
      let client = try stage.connect()
      let headers = [stage.bearer, "Content-Type: \(type)", "Content-Length: 2"]
      #expect(try client.ask(AdminStage.request("POST /api/v1/kill", headers) + "{}").status == 415)
    }
    try expectUnchanged(stage)
  }
}
