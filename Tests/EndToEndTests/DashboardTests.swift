import Foundation
import Testing

@Suite("The program's dashboard in a browser", .ownThread)
struct DashboardTests {
  @Test("It shows real traffic without a complaint of the console, and its kill button turns users back")
  func kill() throws {
    let stage = try AdminStage()
    let user = try stage.user()
    #expect(try user.get(user: "uma").text == "unified")
    let script = """
      import sys, time
      sys.path.insert(0, "\(PythonEnvironment.root)/Tests/Browser")
      from devtools import Browser
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

  @Test("The program says at its start where the dashboard is")
  func address() throws {
    let stage = try Stage()
    #expect(stage.proxy.log.contains(/admin on http:\/\/127\.0\.0\.1:\d+.*dashboard/))
  }
}
