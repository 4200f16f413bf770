import Flags
import Foundation
import TestSupport
import Testing

@testable import FlagStore

@Suite struct KilledWriterTests {
  /// Tells the child process which file to write. The environment is how an exit test is told anything.
  static let variable = "TURNOUT_TEST_KILLED_WRITER"

  @Test(
    "kill -9 of a writer at any moment leaves a whole file and at most one temporary file, which the next writer removes"
  )
  func killed() async throws {
    let folder = try TemporaryFolder()
    let users = (0..<100).map { "user-\($0)" }
    try folder.overwrite(FlagDocument(flags: [Flag(name: "F", percentage: .zero, allow: users)]).render())
    setenv(Self.variable, folder.file(), 1)
    var leftovers = 0
    for _ in 0..<40 {
      await #expect(processExitsWith: .signal(SIGKILL)) {
        let file = FlagFile(ProcessInfo.processInfo.environment["TURNOUT_TEST_KILLED_WRITER"] ?? "")
        _ = try file.edit(flag: "F", by: "child", reason: nil, now: 0, change: .kill())
        Thread.detachNewThread {
          usleep(.random(in: 0...20_000))
          kill(getpid(), SIGKILL)
        }
        while true {
          _ = try file.edit(flag: "F", by: "child", reason: nil, now: 0, change: .kill())
        }
      }
      let flag = try #require(try FlagFile(folder.file()).read().flag(named: "F"))
      #expect(flag.allow == users)
      #expect(
        Set(folder.names).isSubset(of: [".flags.json.lock", ".flags.json.tmp", "flags.audit.jsonl", "flags.json"]))
      if folder.names.contains(".flags.json.tmp") { leftovers += 1 }
      let next = try FlagFile(folder.file()).edit(flag: "F", by: "parent", reason: nil, now: 0, change: .restore)
      #expect(next.revision == flag.revision + 1)
      #expect(folder.names == [".flags.json.lock", "flags.audit.jsonl", "flags.json"])
    }
    let revision = try FlagFile(folder.file()).flag(named: "F").revision
    print("killed writers: 40, stale temporary files: \(leftovers), edits: \(revision)")
    #expect(revision > 80)
    let trail = try FlagFile(folder.file()).audit(flag: "F", limit: .max)
    #expect(trail.entries.map(\.revision) == (1...revision).reversed(), "every edit once, also those of killed writers")
  }
}
