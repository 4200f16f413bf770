import Flags
import Foundation
import Logging
import TestSupport
import Testing

@testable import FlagStore

@Suite struct WatcherTests {
  @Test("The first look publishes generation 1 with the flags in the order of their names asked for")
  func initial() throws {
    let folder = try TemporaryFolder()
    try folder.overwrite("{\"F\": 10, \"G\": 20, \"H\": 30}")
    let published = Record<FlagSnapshot>()
    let flags = flags(folder, ["H", "F"]) { published.append($0) }
    try FlagWatcher(FlagFile(folder.file()), into: flags, logger: .init(label: "test")).begin()
    #expect(published.all.map(\.generation) == [1])
    #expect(published.all[0].flags.map(\.name) == ["H", "F"])
    let status = flags.status()
    #expect(status.isValid)
    #expect(status.generation == 1)
    #expect(status.flags == published.all[0].flags)
    #expect(status.reloadCount == 0)
  }

  private func flags(
    _ folder: TemporaryFolder, _ names: [String] = ["F"], _ publish: @escaping @Sendable (FlagSnapshot) -> Void
  ) -> FlagsInForce {
    FlagsInForce(names: names, place: folder.file(), publish: publish, logger: .init(label: "test"))
  }

  @Test("A first look at a missing, broken or incomplete file throws, and publishes nothing")
  func noInitial() throws {
    let folder = try TemporaryFolder()
    let flags = flags(folder) { _ in Issue.record("published") }
    let watcher = FlagWatcher(FlagFile(folder.file()), into: flags, logger: .init(label: "test"))
    #expect(throws: FlagStoreError.fileMissing(file: folder.file())) { try watcher.begin() }
    try folder.overwrite("{\"G\": 1}")
    #expect(throws: FlagStoreError.unknownFlag(name: "F", file: folder.file(), known: ["G"])) {
      try watcher.begin()
    }
    try folder.overwrite("{\"F\": 101}")
    #expect(throws: FlagStoreError.self) { try watcher.begin() }
  }

  @Test("Changes by truncating, renaming, linking, deleting and creating are each published once, in order")
  func editors() throws {
    let folder = try TemporaryFolder()
    try folder.overwrite("{\"F\": 1}")
    let watched = try WatchedFolder(folder)
    try folder.overwrite("{\"F\": 2}")
    try watched.expect(percentage: 2, "truncate and write")
    try folder.write("{\"F\": 3}")
    try watched.expect(percentage: 3, "temporary file and rename")
    // As vim does with backupcopy=no.
    try folder.move("flags.json", to: "flags.json~")
    try folder.overwrite("{\"F\": 4}")
    try watched.expect(percentage: 4, "old one moved away, new one written")
    try folder.remove()
    try folder.overwrite("{\"F\": 5}")
    try watched.expect(percentage: 5, "deleted and created")
    try folder.remove()
    try folder.overwrite("{\"F\": 6}", in: "other")
    try #require(link(folder.file("other"), folder.file()) == 0)
    try watched.expect(percentage: 6, "hard link")
    _ = try FlagFile(folder.file()).edit(flag: "F", by: "a", reason: nil, now: 0, change: .set(Percentage(7)))
    try watched.expect(percentage: 7, "an edit of ours")
    #expect(watched.published.all.map(\.snapshot.generation) == [2, 3, 4, 5, 6, 7])
    #expect(watched.flags.status().reloadCount == 6)
    #expect(watched.errors.all.isEmpty)
  }

  @Test("Two writes of the same size within one tick of the file system's clock are both seen")
  func sameTick() throws {
    let folder = try TemporaryFolder()
    try folder.overwrite("{\"F\": 10}")
    let watched = try WatchedFolder(folder)
    for round in 0..<100 {
      try folder.overwrite("{\"F\": 11}")
      try folder.overwrite("{\"F\": \(20 + round % 70)}")
      try watched.expect(percentage: Double(20 + round % 70))
    }
  }

  @Test("Unchanged content publishes nothing, another field of it does")
  func unchanged() throws {
    let folder = try TemporaryFolder()
    try folder.overwrite("{\"F\": 10}")
    let watched = try WatchedFolder(folder)
    try folder.overwrite("{ \"F\" : 10.0 }\n")
    try folder.write("{\"F\": {\"percentage\": 10}}")
    usleep(50_000)
    #expect(watched.published.all.isEmpty)
    try folder.write("{\"F\": {\"percentage\": 10, \"reason\": \"x\"}}")
    eventually { watched.flags.status().flags.first?.reason == "x" }
    #expect(watched.published.all.map(\.snapshot.generation) == [2])
  }

  @Test("A fault publishes nothing, is logged once and shown, and ends with the next good content")
  func faults() throws {
    let folder = try TemporaryFolder()
    try folder.overwrite("{\"F\": 10, \"G\": 1}")
    let watched = try WatchedFolder(folder)
    let faults = [
      ("", "empty text"), ("{", "end of the file"), ("{\"F\": NaN}", "found NaN"), ("{\"F\": -1}", "found -1"),
      ("{\"F\": 101}", "found 101"), ("{\"F\": \"x\"}", "found the text"), ("{\"G\": 1}", "there is no flag \"F\""),
    ]
    for (text, part) in faults {
      try folder.overwrite(text)
      watched.expect(error: part)
    }
    // The same fault again is no other fault.
    try folder.write(faults[6].0)
    usleep(300_000)
    #expect(watched.flags.status().rejectedCount == 7)
    #expect(watched.errors.all.count == 7)
    try folder.remove()
    watched.expect(error: "there is no such file")
    #expect(watched.published.all.isEmpty)
    let status = watched.flags.status()
    #expect(status.errorSinceSeconds != nil)
    #expect(status.generation == 1)
    // A store that is away has changed nothing that could be rejected.
    #expect(status.isAway)
    #expect(status.rejectedCount == 7)
    #expect(status.flags.first?.percentage == (try Percentage(10)))
    try folder.overwrite("{\"F\": 10, \"G\": 1}")
    try watched.expect(percentage: 10)
    #expect(watched.flags.status().error == nil)
    #expect(watched.published.all.isEmpty)
    try folder.overwrite("{\"F\": 11}")
    try watched.expect(percentage: 11)
    #expect(watched.published.all.map(\.snapshot.generation) == [2])
    #expect(watched.errors.all.allSatisfy { $0.contains("stay in force") })
  }

  @Test("What changes between the first load and the start is published")
  func beforeStart() throws {
    let folder = try TemporaryFolder()
    try folder.overwrite("{\"F\": 10}")
    let published = Record<UInt64>()
    let flags = flags(folder) { published.append($0.generation) }
    let watcher = FlagWatcher(FlagFile(folder.file()), into: flags, logger: .init(label: "test"))
    try watcher.begin()
    try folder.overwrite("{\"F\": 11}")
    watcher.start()
    watcher.start()
    eventually { published.all == [1, 2] }
    watcher.stop()
    watcher.stop()
    try folder.overwrite("{\"F\": 12}")
    usleep(50_000)
    #expect(published.all == [1, 2])
    watcher.start()
    eventually { published.all == [1, 2, 3] }
    watcher.stop()
    #expect(published.all == [1, 2, 3])
  }

  @Test("From rename to publication it takes a moment, and readers of many renames see the last")
  func latency() throws {
    let folder = try TemporaryFolder()
    try folder.overwrite("{\"F\": 0}")
    let watched = try WatchedFolder(folder)
    var times: [Duration] = []
    for round in 1...200 {
      let percentage = Double(round % 100) + 0.5
      try folder.overwrite("{\"F\": \(percentage)}", in: "new")
      let start = ContinuousClock.now
      try folder.move("new", to: "flags.json")
      eventually { watched.published.all.count == round }
      times.append(try #require(watched.published.all.last).at - start)
    }
    times.sort()
    print("rename to publish: median \(times[100]), 99 % \(times[198]), longest \(times[199])")
    for round in 0..<1_000 { try folder.write("{\"F\": \(Double(round) / 10)}") }
    try watched.expect(percentage: 99.9)
    let generations = watched.published.all.map(\.snapshot.generation)
    #expect(generations == (2...).prefix(generations.count).map { $0 })
    #expect(watched.errors.all.isEmpty)
  }
}
