import Foundation
import TestSupport
import Testing

/// The dashboard in a real browser; Tests/Browser/dashboard.py holds the scenarios.
@Suite("The dashboard in Chromium", .serialized, .startsPrograms)
struct BrowserTests {
  /// Screenshots of the last run.
  private static let screenshots = Repository.root + "/.build/screenshots"

  private func play(_ scenario: String) throws {
    let scene = try Scene()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
    process.arguments = [
      "--kill-after=5", "60", "/usr/bin/python3", Repository.root + "/Tests/Browser/dashboard.py", scenario, scene.url,
      scene.token, Self.screenshots,
    ]
    let pipe = Pipe()
    (process.standardOutput, process.standardError) = (pipe, pipe)
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(output)")
  }

  @Test("It loads without a complaint of the console, asks nobody else, and shows verdict, guardrails and charts")
  func loads() throws { try play("loads") }

  @Test("What somebody else changes is seen and heard within a second")
  func follows() throws { try play("follows") }

  @Test("The kill button and one confirmation send everyone to legacy; restoring brings the percentage back")
  func mouse() throws { try play("kills_by_mouse") }

  @Test("The same by keyboard alone, and Esc leaves all as it is")
  func keyboard() throws { try play("kills_by_keyboard") }

  @Test("A missing and a wrong token are explained; the right one stays in the tab alone")
  func token() throws { try play("explains_a_wrong_token") }

  @Test("A change that somebody else overtook is refused in words, and may be repeated")
  func conflict() throws { try play("explains_a_conflict") }

  @Test("This proxy alone is killed and restored")
  func oneProxy() throws { try play("kills_one_proxy") }

  @Test("Names, reasons and sentences that are markup are shown as text")
  func hostile() throws { try play("shows_hostile_names_as_text") }

  @Test("A lost connection is said with the age of the data; the levers work without the stream; it comes back")
  func lost() throws { try play("says_when_the_connection_is_lost") }

  @Test("From 360 to 1440 px, light and dark, it fits, can be read, and has a name for everything")
  func screens() throws { try play("fits_every_screen") }
}
