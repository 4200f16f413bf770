import Flags
import Foundation
import JSON
import TestSupport
import Testing

@testable import FlagStore

@Suite struct AuditLogTests {
  @Test("Entries are read from the end whatever their lengths, so also where a line ends with a block of the file")
  func blocks() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("audit")
    let flag = Flag(name: "F", percentage: .zero)
    for length in 0..<400 {
      let entries = (1...5).map { number in
        var entry = AuditEntry(.set, before: nil, after: flag, by: "a", from: "test", reason: nil, at: 0)
        entry.revision = number
        entry.reason = String(repeating: "x", count: number == 3 ? 65_000 + length : 5)
        return entry
      }
      try folder.overwrite(entries.map { JSONText.line($0) + "\n" }.joined(), in: "audit")
      var read: [Int?] = []
      try AuditLog(path: path).eachFromTheEnd { entry in
        read.append(entry?.revision)
        return true
      }
      #expect(read == [5, 4, 3, 2, 1], "padding \(length)")
    }
  }

  @Test("A line that a killed writer left unfinished is passed over, and the next begins on a line of its own")
  func torn() throws {
    let folder = try TemporaryFolder()
    try folder.overwrite("{\"F\": 10}")
    let file = FlagFile(folder.file())
    try folder.overwrite("{\"at\": \"20", in: "flags.audit.jsonl")
    try file.edit(flag: "F", by: "a", reason: nil, now: 0, change: .kill())
    let trail = try file.audit(flag: nil, limit: 10)
    #expect(trail.entries.map(\.action) == [.kill])
    #expect(trail.unreadable == 1)
  }

  @Test("What an editor changed is found and told before the next edit")
  func found() throws {
    let folder = try TemporaryFolder()
    try folder.overwrite("{\"F\": 10}")
    let file = FlagFile(folder.file())
    try file.edit(flag: "F", by: "anna", reason: "go", now: 0, change: .set(.full))
    try folder.overwrite("{\"F\": 20}")
    try file.edit(flag: "F", by: "ben", reason: nil, now: 0, change: .allow(["uma"]))
    let entries = try file.audit(flag: "F", limit: 10).entries
    #expect(entries.map(\.action) == [.allow, .found, .set])
    #expect(entries[1].before?.percentage == 100)
    #expect(entries[1].after.percentage == 20)
    #expect(entries[1].by == nil)
    #expect(entries[0].users == ["uma"])
    #expect(entries[0].before?.allowCount == 0)
    #expect(entries[0].after.allowCount == 1)
    #expect(entries[2].by == "anna")
    #expect(entries[2].reason == "go")
    #expect(entries[2].from == "test")
    #expect(try file.audit(flag: "F", limit: 1).entries.map(\.action) == [.allow])
    #expect(try file.audit(flag: "G", limit: 10).entries.isEmpty)
  }

  @Test("A pipe in the place of the trail or of the lock holds up neither a writer nor the watcher")
  func pipes() throws {
    let folder = try TemporaryFolder()
    try folder.overwrite("{\"F\": 10}")
    #expect(mkfifo(folder.file("flags.audit.jsonl"), 0o600) == 0)
    #expect(mkfifo(folder.file(".flags.json.lock"), 0o600) == 0)
    let watched = try WatchedFolder(folder)
    let refused = #expect(throws: FlagStoreError.self) {
      try FlagFile(folder.file()).edit(flag: "F", by: "a", reason: nil, now: 0, change: .kill())
    }
    #expect("\(refused!)".contains("audit trail"))
    #expect(try String(contentsOfFile: folder.file(), encoding: .utf8) == "{\"F\": 10}")
    for percentage in [20, 30] {
      try folder.overwrite("{\"F\": \(percentage)}")
      try watched.expect(percentage: Double(percentage))
    }
  }

  @Test("A line that is longer than any entry is passed over, wherever it stands, and not held")
  func longLines() throws {
    let folder = try TemporaryFolder()
    let long = String(repeating: "x", count: 3 << 20)
    let flag = Flag(name: "F", percentage: .zero)
    let lines = (1...2).map { number in
      var entry = AuditEntry(.set, before: nil, after: flag, by: "a", from: "test", reason: nil, at: 0)
      entry.revision = number
      return JSONText.line(entry)
    }
    for (text, expected) in [
      ("\(long)\n\(lines[0])\n\(lines[1])\n", [2, 1, nil]), ("\(lines[0])\n\(long)\n\(lines[1])\n", [2, nil, 1]),
      ("\(lines[0])\n\(lines[1])\n\(long)", [nil, 2, 1]), (long, [nil]),
    ] as [(String, [Int?])] {
      try folder.overwrite(text, in: "audit")
      var read: [Int?] = []
      try AuditLog(path: folder.file("audit")).eachFromTheEnd { entry in
        read.append(entry?.revision)
        return true
      }
      #expect(read == expected)
    }
  }

  @Test("Somebody who holds the lock does not hold up the watcher; the trail is written when it is free")
  func heldLock() throws {
    let folder = try TemporaryFolder()
    try folder.overwrite("{\"F\": { \"percentage\": 10, \"revision\": 1 }}")
    let lock = open(folder.file(".flags.json.lock"), O_RDONLY | O_CREAT, 0o644)
    #expect(flock(lock, LOCK_EX) == 0)
    let watched = try WatchedFolder(folder)
    let start = ContinuousClock.now
    for percentage in 20...24 {
      try folder.overwrite("{\"F\": { \"percentage\": \(percentage), \"revision\": 1 }}")
      try watched.expect(percentage: Double(percentage))
    }
    #expect(ContinuousClock.now - start < .seconds(4))
    #expect(try FlagFile(folder.file()).audit(flag: nil, limit: 10).entries.isEmpty)
    close(lock)
    eventually { (try? FlagFile(folder.file()).audit(flag: nil, limit: 10).entries.count) == 1 }
    #expect(try FlagFile(folder.file()).audit(flag: nil, limit: 10).entries.map(\.after.percentage) == [24])
  }

  @Test("What an editor writes at the last moment is not overwritten")
  func editor() throws {
    let folder = try TemporaryFolder()
    try folder.overwrite("{\"F\": 10}")
    let identity = FileIdentity(folder.file())
    try folder.overwrite("{\"F\": 20}")
    #expect(throws: FlagStoreError.self) {
      try FlagFile(folder.file()).replaceContent(of: folder.file(), with: Array("{\"F\": 0}".utf8), ifStill: identity)
    }
    #expect(try String(contentsOfFile: folder.file(), encoding: .utf8) == "{\"F\": 20}")
  }

  @Test("A flag with the last revision there is can be killed still")
  func lastRevision() throws {
    let folder = try TemporaryFolder()
    try folder.overwrite("{\"F\": { \"percentage\": 10, \"revision\": \(FlagLimits.revision) }}")
    let killed = try FlagFile(folder.file()).edit(flag: "F", by: "a", reason: nil, now: 0, change: .kill())
    #expect(!killed.isEnabled)
    #expect(killed.revision == FlagLimits.revision)
    #expect(try FlagFile(folder.file()).flag(named: "F") == killed)
  }
}
