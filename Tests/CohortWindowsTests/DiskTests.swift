import FlagStore
import Foundation
import Logging
import Statistics
import TestSupport
import Testing

@testable import CohortWindows

@Suite struct DiskTests {
  private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  /// Windows of some minutes in two stages, and the counters behind it.
  private func local() throws -> (LocalWindows, Counters) {
    var local = try LocalWindows.begun()
    local.flags[0].isOnDisk = true
    var counters = Counters()
    for second in 1...150 {
      counters.serve(user: UInt32(second % 17), unified: second % 5 == 0)
      local.record([counters.tally], at: moment(second * 1_000))
      if second == 100 { local.publish(try inForce(50, revision: 2), at: moment(second * 1_000)) }
    }
    return (local, counters)
  }

  /// A snapshot, and 9 requests more in its journal.
  private func keep(_ local: inout LocalWindows, _ counters: inout Counters, in files: inout WindowFiles) throws {
    _ = local.takeUnsaved(namesFlags: false)
    try files.replace(with: local.records)
    counters.serve(9, user: 1, unified: false)
    local.record([counters.tally], at: moment(151_000))
    _ = try files.append(local.takeUnsaved(namesFlags: true).records)
  }

  private func restored(_ records: [Record]) throws -> LocalWindows {
    var local = LocalWindows(names: [flagName], at: moment(160_000))
    local.restore(records)
    local.publish(try inForce(50, revision: 2), at: moment(160_000))
    return local
  }

  private func requests(_ local: LocalWindows) -> UInt64 {
    local.totals(.since(seconds: 3_600), at: 160_000)?.total.requests ?? 0
  }

  @Test("Windows return from the snapshot, and the stage continues")
  func snapshot() throws {
    let folder = try TemporaryFolder()
    let (local, _) = try local()
    do {
      var files = try WindowFiles(folder: folder.path, logger: logger)
      try files.replace(with: local.records)
    }
    var files = try WindowFiles(folder: folder.path, logger: logger)
    let again = try restored(files.load())
    for scope in [Scope.stage, .since(seconds: 3_600)] {
      let (before, after) = (local.totals(scope, at: 150_000), again.totals(scope, at: 150_000))
      #expect(before?.total == after?.total)
      #expect(before?.parts.map(\.stage) == after?.parts.map(\.stage))
    }
    #expect(again.chart(bySeconds: true).windows.count == 150)
    #expect(again.chart(bySeconds: true).marks == local.chart(bySeconds: true).marks)
  }

  @Test("What was appended since the snapshot comes back too, also over the end of a minute")
  func journal() throws {
    let folder = try TemporaryFolder()
    var (local, counters) = try local()
    var files = try WindowFiles(folder: folder.path, logger: logger)
    _ = local.takeUnsaved(namesFlags: false)
    try files.replace(with: local.records)
    var isFirst = true
    for second in 151...200 {
      counters.serve(2, user: UInt32(second), unified: true)
      local.record([counters.tally], at: moment(second * 1_000))
      guard second.isMultiple(of: 5) else { continue }
      let appended = try files.append(local.takeUnsaved(namesFlags: isFirst).records)
      #expect(appended)
      isFirst = false
    }
    let again = try restored(files.load())
    #expect(requests(again) == 250)
    #expect(again.totals(.stage, at: 200_000)?.total == local.totals(.stage, at: 200_000)?.total)
    // The windows begin where they began, so that in the fleet they are the same ones.
    #expect(
      again.flags[0].ring(.minute).all.map(\.from) == [0, 60_000, 100_000, 120_000, 180_000].map { midnight + $0 })
    #expect(again.flags[0].ring(.hour).all.map(\.from) == [0, 100_000].map { midnight + $0 })
  }

  @Test("A journal that ends in the middle of a record gives all before it, wherever it ends")
  func tornTail() throws {
    let folder = try TemporaryFolder()
    var (local, counters) = try local()
    var files = try WindowFiles(folder: folder.path, logger: logger)
    _ = local.takeUnsaved(namesFlags: false)
    try files.replace(with: local.records)
    for second in 151...152 {
      counters.serve(user: 3, unified: false)
      local.record([counters.tally], at: moment(second * 1_000))
      _ = try files.append(local.takeUnsaved(namesFlags: second == 151).records)
    }
    let bytes = Array(try Data(contentsOf: URL(filePath: folder.path + "/journal.1")))
    let whole = RecordFile.read(bytes)
    #expect(!whole.isTorn)
    #expect(!whole.isCorrupt)
    #expect(whole.goodBytes == bytes.count)
    #expect(whole.records.count == 5)
    for count in 0..<bytes.count {
      let content = RecordFile.read(Array(bytes[..<count]))
      #expect(!content.isCorrupt, "\(count)")
      #expect(content.goodBytes <= count, "\(count)")
      #expect(content.records.count < 5, "\(count)")
      #expect(content.isTorn == (count != content.goodBytes || count < RecordFile.headBytes), "\(count)")
    }
  }

  @Test("A byte that was changed is noticed, and what stands before it is used", .timeLimit(.minutes(1)))
  func changedByte() throws {
    var generator = SeededGenerator(named: "changed bytes")
    let (local, _) = try local()
    let bytes = RecordFile.head(generation: 1) + local.records.flatMap(RecordFile.framed)
    let whole = RecordFile.read(bytes).records.count
    for _ in 0..<50 {
      var changed = bytes
      let place = Int.random(in: RecordFile.headBytes..<bytes.count, using: &generator)
      changed[place] ^= UInt8.random(in: 1 ... .max, using: &generator)
      let content = RecordFile.read(changed)
      #expect(content.isCorrupt || content.isTorn)
      #expect(content.records.count < whole)
      #expect(content.goodBytes <= place)
    }
  }

  @Test("A damaged snapshot is kept aside and stops nothing", arguments: ["snapshot", "journal.1"])
  func corrupt(name: String) throws {
    let folder = try TemporaryFolder()
    let (local, _) = try local()
    do {
      var files = try WindowFiles(folder: folder.path, logger: logger)
      try files.replace(with: local.records)
    }
    let path = folder.path + "/" + name
    try Data("no windows at all, but long enough".utf8).write(to: URL(filePath: path))
    var files = try WindowFiles(folder: folder.path, logger: logger)
    let again = try restored(files.load())
    #expect(requests(again) == (name == "snapshot" ? 0 : 150))
    #expect(FileManager.default.fileExists(atPath: folder.path + "/\(name.prefix(while: { $0 != "." })).corrupt"))
    try files.replace(with: again.records)
    _ = consume files
    var next = try WindowFiles(folder: folder.path, logger: logger)
    #expect(requests(try restored(next.load())) == requests(again))
  }

  @Test("Files of another version are kept aside whole, and nothing of them is read as what it is not")
  func otherVersion() throws {
    let folder = try TemporaryFolder()
    var (local, counters) = try local()
    do {
      var files = try WindowFiles(folder: folder.path, logger: logger)
      try keep(&local, &counters, in: &files)
    }
    for name in ["snapshot", "journal.1"] {
      let file = URL(filePath: folder.path + "/" + name)
      var bytes = try Data(contentsOf: file)
      let number = try #require(bytes.firstIndex(of: UInt8(ascii: "\n"))) - 1
      bytes[number] -= 1
      try bytes.write(to: file)
    }
    var files = try WindowFiles(folder: folder.path, logger: logger)
    #expect(files.load().isEmpty)
    for name in ["snapshot.corrupt", "journal.corrupt"] {
      #expect(FileManager.default.fileExists(atPath: folder.path + "/" + name), "\(name)")
    }
  }

  @Test("A process that dies between the new snapshot and its journal counts nothing twice")
  func betweenTheTwo() throws {
    let folder = try TemporaryFolder()
    var (local, counters) = try local()
    do {
      var files = try WindowFiles(folder: folder.path, logger: logger)
      try keep(&local, &counters, in: &files)
      // The snapshot has those 9, and so has the journal of the one before, which was not removed.
      let old = try Data(contentsOf: URL(filePath: folder.path + "/journal.1"))
      try files.replace(with: local.records)
      try old.write(to: URL(filePath: folder.path + "/journal.1"))
      try FileManager.default.removeItem(atPath: folder.path + "/journal.2")
    }
    var files = try WindowFiles(folder: folder.path, logger: logger)
    #expect(requests(try restored(files.load())) == 159)
  }

  @Test("Two processes never write into one folder")
  func lock() throws {
    let folder = try TemporaryFolder()
    let first = try WindowFiles(folder: folder.path, logger: logger)
    #expect(throws: WindowFilesError.self) { _ = try WindowFiles(folder: folder.path, logger: logger) }
    #expect(first.generation == 0)
  }

  @Test("Who we are outlives a restart; what is no id is replaced")
  func identity() throws {
    let folder = try TemporaryFolder()
    let files = try WindowFiles(folder: folder.path, logger: logger)
    let id = files.identity()
    #expect(id.utf8.count == 16)
    #expect(files.identity() == id)
    try Data("someone\n".utf8).write(to: URL(filePath: folder.path + "/id"))
    let other = files.identity()
    #expect(other != id)
    #expect(other == files.identity())
  }

  @Test("A disk that takes nothing is counted, and all is written when it does again")
  func fullDisk() throws {
    let folder = try TemporaryFolder()
    var (local, counters) = try local()
    let windows = LockedWindows(local)
    let saver = WindowSaver(try WindowFiles(folder: folder.path, logger: logger), windows, logger: logger)
    // A folder in the way of the file, and then of the journal.
    try FileManager.default.createDirectory(atPath: folder.path + "/snapshot/x", withIntermediateDirectories: true)
    saver.save(now: 1)
    #expect(saver.errorCount == 1)
    try FileManager.default.removeItem(atPath: folder.path + "/snapshot")
    try FileManager.default.createDirectory(atPath: folder.path + "/journal.1/x", withIntermediateDirectories: true)
    saver.save(now: 2)
    #expect(saver.errorCount == 2)
    try FileManager.default.removeItem(atPath: folder.path + "/journal.1")
    counters.serve(3, user: 1, unified: false)
    windows.with { $0.local.record([counters.tally], at: moment(151_000)) }
    saver.save(now: 3)
    counters.serve(4, user: 1, unified: false)
    windows.with { $0.local.record([counters.tally], at: moment(152_000)) }
    saver.save(now: 4)
    #expect(saver.errorCount == 2)
    local = windows.with { $0.local }
    let copy = try TemporaryFolder()
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      try FileManager.default.copyItem(atPath: folder.path + "/" + name, toPath: copy.path + "/" + name)
    }
    var files = try WindowFiles(folder: copy.path, logger: logger)
    #expect(requests(try restored(files.load())) == 157)
    #expect(requests(local) == 157)
  }
}
