import Foundation
import TestSupport
import Testing

@Suite("The program's dashboard in a browser", .ownThread)
struct DashboardTests {
  @Test("It shows real traffic without a complaint of the console, and its kill button turns users back")
  func kill() throws {
    let stage = try AdminStage()
    let user = try stage.user()
    #expect(try user.get(user: "uma").text == "unified")
    let script = """
      import os, sys, time
      sys.path.insert(0, "\(Repository.root)/Tests/Browser")
      from devtools import Browser
      # Where many tests run at once, files have numbers of two digits.
      files = [os.open("/dev/null", os.O_RDONLY) for _ in range(10)]
      with Browser() as browser:
          page = browser.open("http://127.0.0.1:\(stage.port)/")
          page.wait("document.querySelector('#share')?.textContent === '50\\u00a0%'")
          page.wait("document.querySelector('#link').dataset.state === 'live'")
          page.wait("document.querySelector('.chart .line')", what="a chart with what was counted")
          page.wait("document.querySelectorAll('.guardrails tbody tr').length > 0")
          page.click("#kill")
          page.wait("document.activeElement?.id === 'token'")
          page.type("\(stage.token)")
          page.press("Enter")
          page.wait("document.querySelector('#share').textContent === '0\\u00a0%'")
          page.wait("document.querySelector('#trail').textContent.includes('killed')")
          assert not page.problems, page.problems
      """
    try stage.folder.write(script, to: "script.py")
    let (output, status) = try stage.run("/usr/bin/python3", ["script.py"])
    #expect(status == .exited(0), "\(output)")
    #expect(try user.get(user: "uma").text == "legacy")
  }

  @Test("Of a fleet it lists every proxy, shows what was changed at another, and says when the store is away")
  func fleet() throws {
    let redis = try RedisServer()
    try redis.cli("SET", AdminStage.flag, "10")
    let upstream = try ScriptedUpstream(.saying("here"))
    let servers = "servers: [\"http://127.0.0.1:\(upstream.port)\"]"
    let cohorts = "cohorts: { legacy: { \(servers) }, unified: { \(servers) } }\n"
    let proxies = try ["edge-1", "edge-2"].map { name in
      try ProxyProcess(cohorts + "name: \(name)", place: redis.address())
    }
    let script = """
      import subprocess, sys
      sys.path.insert(0, "\(Repository.root)/Tests/Browser")
      from devtools import Browser
      with Browser() as browser:
          page = browser.open("http://127.0.0.1:\(proxies[0].adminPort)/")
          page.wait("document.querySelectorAll('#fleet li').length === 2")
          page.wait("/edge-1.*edge-2/s.test(document.querySelector('#fleet').textContent)")
          page.wait("document.querySelector('#link').dataset.state === 'live'")
          subprocess.run(["\(try ProxyProcess.binary())", "set", "30", "--admin", "127.0.0.1:\(proxies[1].adminPort)"],
                         check=True, cwd="\(proxies[1].folder.path)")
          page.wait("document.querySelector('#share').textContent === '30\\u00a0%'", 1)
          subprocess.run(["kill", "-KILL", "\(redis.identifier)"], check=True)
          page.wait("document.querySelector('#warnings').textContent.includes('The flag store cannot be read')")
          assert page.text("#share") == "30\\u00a0%"
      """
    try proxies[0].folder.write(script, to: "script.py")
    let process = try Program(
      "/usr/bin/timeout", ["60", "/usr/bin/python3", "script.py"], in: proxies[0].folder.path,
      log: proxies[0].folder.file("output"))
    #expect(process.wait() == .exited(0), "\(proxies[0].folder.text("output"))")
  }

  @Test("The program says at its start where the dashboard is")
  func address() throws {
    let stage = try Stage()
    #expect(stage.proxy.log.contains(/admin API and dashboard on http:\/\/127\.0\.0\.1:\d+/))
  }
}
