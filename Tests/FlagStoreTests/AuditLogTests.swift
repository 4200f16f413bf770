import Flags
import Foundation
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
      try folder.write(entries.map { JSONLine.text(of: $0) + "\n" }.joined(), to: "audit")
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
    try folder.write("{\"F\": 10}")
    let file = FlagFile(folder.file())
    try folder.write("{\"at\": \"20", to: "flags.audit.jsonl")
    try file.edit(flag: "F", by: "a", reason: nil, now: 0, change: .kill())
    let trail = try file.audit(flag: nil, limit: 10)
    #expect(trail.entries.map(\.action) == [.kill] && trail.unreadable == 1)
  }

  @Test("What an editor changed is found and told before the next edit")
  func found() throws {
    let folder = try TemporaryFolder()
    try folder.write("{\"F\": 10}")
    let file = FlagFile(folder.file())
    try file.edit(flag: "F", by: "anna", reason: "go", now: 0, change: .set(.full))
    try folder.write("{\"F\": 20}")
    try file.edit(flag: "F", by: "ben", reason: nil, now: 0, change: .allow(["uma"]))
    let entries = try file.audit(flag: "F", limit: 10).entries
    #expect(entries.map(\.action) == [.allow, .found, .set])
    #expect(entries[1].before?.percentage == 100 && entries[1].after.percentage == 20 && entries[1].by == nil)
    #expect(entries[0].users == ["uma"] && entries[0].before?.allowCount == 0 && entries[0].after.allowCount == 1)
    #expect(entries[2].by == "anna" && entries[2].reason == "go" && entries[2].from == "test")
    #expect(try file.audit(flag: "F", limit: 1).entries.map(\.action) == [.allow])
    #expect(try file.audit(flag: "G", limit: 10).entries.isEmpty)
  }
}
