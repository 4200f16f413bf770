import Flags
import Foundation
import TestSupport
import Testing

@testable import FlagStore

@Suite struct FlagFileTests {
  static let now = 1_772_357_400

  @Test("An edit counts the revision up, signs the change and leaves the other flags as they were")
  func edit() throws {
    let folder = try TemporaryFolder()
    try folder.overwrite("{\"F\": 10, \"G\": {\"percentage\": 5}}")
    let file = FlagFile(folder.file())
    let flag = try file.edit(flag: "F", by: "anna", reason: "looks good", now: Self.now, change: .set(Percentage(50)))
    #expect(
      flag
        == Flag(
          name: "F", percentage: try Percentage(50), revision: 1, updatedAt: "2026-03-01T09:30:00Z", updatedBy: "anna",
          reason: "looks good"))
    #expect(try file.read().flags == [flag, Flag(name: "G", percentage: try Percentage(5))])
    #expect(folder.text().contains("\"G\": {\"percentage\": 5}"))
    let killed = try file.edit(flag: "F", by: "ben", reason: nil, now: Self.now, change: .kill())
    #expect(killed.revision == 2)
    #expect(!killed.isEnabled)
    #expect(killed.reason == nil)
    #expect(killed.percentage == flag.percentage)
    #expect(folder.names == [".flags.json.lock", "flags.audit.jsonl", "flags.json"])
  }

  @Test("The file keeps its mode")
  func mode() throws {
    let folder = try TemporaryFolder()
    try folder.overwrite("{\"F\": 10}")
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: folder.file())
    _ = try FlagFile(folder.file()).edit(flag: "F", by: "a", reason: nil, now: 0, change: .kill())
    let attributes = try FileManager.default.attributesOfItem(atPath: folder.file())
    #expect(attributes[.posixPermissions] as? Int == 0o640)
  }

  @Test("A symbolic link stays a link, and the file behind it changes")
  func link() throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("data")
    try folder.overwrite("{\"F\": 10}", in: "data/real.json")
    try folder.link("middle.json", to: "data/real.json")
    try folder.link("flags.json", to: folder.file("middle.json"))
    _ = try FlagFile(folder.file()).edit(flag: "F", by: "a", reason: nil, now: 0, change: .kill())
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.file()) == folder.file("middle.json"))
    #expect(try FlagDocument(folder.text("data/real.json")).flags.first?.isEnabled == false)
    #expect(folder.names == ["data", "flags.json", "middle.json"])
  }

  @Test("A path without a folder is one of the working folder")
  func splitting() {
    #expect(System.split("flags.json") == (".", "flags.json"))
    #expect(System.split("/flags.json") == ("/", "flags.json"))
    #expect(System.split("/a/b/c") == ("/a/b", "c"))
  }

  @Test("A file that is not there, a folder, a file that is too large, a flag that is not there: each says what to do")
  func failures() throws {
    let folder = try TemporaryFolder()
    let file = FlagFile(folder.file())
    func message(_ body: () throws -> Void) throws -> String {
      try #require(throws: FlagStoreError.self) { try body() }.description
    }
    let edit = { _ = try file.edit(flag: "G", by: "a", reason: nil, now: 0, change: .kill()) }
    #expect(try message(edit).contains("create it with: echo"))
    #expect(try message { _ = try file.read() }.contains("create it with: echo"))
    try folder.overwrite("{\"UNIFIED_CONVERSATION_ENABLED\": 10, \"OTHER\": 1}")
    #expect(try message(edit).contains("there is no flag \"G\"; there are UNIFIED_CONVERSATION_ENABLED, OTHER"))
    let typo = { _ = try file.flag(named: "UNIFIED_CONVERSATION_ENABLE") }
    #expect(try message(typo).contains("did you mean UNIFIED_CONVERSATION_ENABLED?"))
    try folder.overwrite("{}")
    #expect(try message(edit).contains("and no other; add \"G\": 0"))
    try folder.overwrite("{\"F\": 101}")
    #expect(try message(edit).hasPrefix("\(folder.file()):1:7: flag \"F\""))
    try folder.remove()
    try folder.makeFolder("flags.json")
    #expect(try message(edit).contains("no regular file"))
    try folder.remove()
    try #require(mkfifo(folder.file(), 0o600) == 0)
    #expect(try message(edit).contains("no regular file"))
    try folder.remove()
    try folder.overwrite(String(repeating: " ", count: FlagLimits.fileBytes + 1))
    #expect(try message(edit).contains("expected at most 16777216"))
  }

  @Test("What readers would refuse is not written")
  func refusedBeforeWriting() throws {
    let folder = try TemporaryFolder()
    let text = "{\"F\": {\"percentage\": 1, \"revision\": 1}}"
    try folder.overwrite(text)
    let file = FlagFile(folder.file())
    let long = String(repeating: "x", count: 2_000)
    #expect(throws: FlagStoreError.self) { try file.edit(flag: "F", by: "a", reason: long, now: 0, change: .kill()) }
    #expect(folder.text() == text)
  }

  @Test("The second of two edits of one flag is refused and told of the first; an edit of another flag is no conflict")
  func conflict() throws {
    let folder = try TemporaryFolder()
    try folder.overwrite("{\"F\": 10, \"G\": 1}")
    let file = FlagFile(folder.file())
    let seen = try file.flag(named: "F")
    _ = try file.edit(flag: "G", by: "carl", reason: nil, now: Self.now, change: .kill())
    let first = try file.store(
      .set(Percentage(50)), of: seen, signed: Signature(by: "anna", from: "test", reason: "half", at: Self.now))
    let error = try #require(throws: FlagStoreError.self) {
      try file.store(
        .set(Percentage(20)), of: seen, signed: Signature(by: "ben", from: "test", reason: nil, at: Self.now))
    }
    #expect(error == .conflict(flag: "F", place: folder.file(), read: seen, stored: first))
    for part in [
      "revision 0 -> 1", "10 % -> 50 %", "by anna", "at 2026-03-01T09:30:00Z", "reason \"half\"", "nothing was changed",
    ] {
      #expect(error.description.contains(part), "\(error)")
    }
    #expect(try file.read().flags.map(\.revision) == [1, 1])
    try folder.overwrite("{\"G\": 1}")
    let removed = try #require(throws: FlagStoreError.self) {
      try file.store(.kill(), of: seen, signed: Signature(by: "ben", from: "test", reason: nil, at: 0))
    }
    #expect(removed.description.contains("was removed meanwhile"))
  }

  @Test("Of many writers at once each either stores or is refused, and the revisions have no gap")
  func concurrent() throws {
    let folder = try TemporaryFolder()
    try folder.overwrite("{\"F\": 10}")
    let file = FlagFile(folder.file())
    let outcomes = Outcomes()
    DispatchQueue.concurrentPerform(iterations: 50) { index in
      do throws(FlagStoreError) {
        outcomes.stored(try file.edit(flag: "F", by: "w\(index)", reason: nil, now: index, change: .kill()).revision)
      } catch {
        if case .conflict = error { outcomes.refused() } else { Issue.record("\(error)") }
      }
    }
    let (stored, refused) = outcomes.result
    #expect(stored.sorted() == Array(1...stored.count))
    #expect(stored.count + refused == 50)
    #expect(try file.flag(named: "F").revision == stored.count)
  }

  @Test("A lock that another process holds is waited for, and given up in the end with an error")
  func locked() throws {
    let folder = try TemporaryFolder()
    try folder.overwrite("{\"F\": 10}")
    let other = open(folder.file(".flags.json.lock"), O_RDONLY | O_CREAT | O_CLOEXEC, 0o600)
    try #require(flock(other, LOCK_EX) == 0)
    let error = try #require(throws: FlagStoreError.self) {
      try FlagFile(folder.file()).edit(flag: "F", by: "a", reason: nil, now: 0, change: .kill())
    }
    close(other)
    #expect(error.description.contains("another writer has held"))
    #expect(folder.text() == "{\"F\": 10}")
    _ = try FlagFile(folder.file()).edit(flag: "F", by: "a", reason: nil, now: 0, change: .kill())
  }
}

/// What writers on several threads came to.
final class Outcomes: @unchecked Sendable {
  private let lock = NSLock()
  private var revisions: [Int] = []
  private var refusals = 0

  func stored(_ revision: Int) { lock.withLock { revisions.append(revision) } }
  func refused() { lock.withLock { refusals += 1 } }
  var result: (stored: [Int], refused: Int) { lock.withLock { (revisions, refusals) } }
}
