import FlagStore
import Foundation
import Glibc
import Logging
import Statistics
import TestSupport
import Testing

@testable import CohortWindows

/// What others may leave in the folder: nothing of it stops the proxy or is overwritten without a word.
@Suite struct DamagedFolderTests {
  private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  /// A server that another test starts at this moment has our descriptors, and so the lock, for an instant.
  private func opened(_ folder: TemporaryFolder) throws -> WindowFiles {
    for _ in 0..<1_000 {
      do throws(WindowFilesError) { return try WindowFiles(folder: folder.path, logger: logger) } catch {
        guard case .inUse = error else { throw error }
        usleep(5_000)
      }
    }
    return try WindowFiles(folder: folder.path, logger: logger)
  }

  /// A folder with a snapshot of 150 requests, and 9 more in its journal.
  private func kept() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    var local = try LocalWindows.begun()
    local.flags[0].isOnDisk = true
    var counters = Counters()
    counters.serve(150, user: 1, unified: false)
    local.record([counters.tally], at: moment(1_000))
    var files = try opened(folder)
    _ = local.takeUnsaved(namesFlags: false)
    try files.replace(with: local.records)
    counters.serve(9, user: 1, unified: false)
    local.record([counters.tally], at: moment(2_000))
    _ = try files.append(local.takeUnsaved(namesFlags: true).records)
    return folder
  }

  /// How many requests come back, and again after the next start.
  private func requests(in folder: TemporaryFolder) throws -> [UInt64] {
    try (0..<2).map { _ in
      var files = try opened(folder)
      var local = LocalWindows(names: [flagName], at: moment(3_000))
      local.restore(files.load())
      local.publish(try inForce(10), at: moment(3_000))
      try files.replace(with: local.records)
      return local.totals(.since(seconds: 3_600), at: 3_000)?.total.requests ?? 0
    }
  }

  private func exists(_ name: String, in folder: TemporaryFolder) -> Bool {
    FileManager.default.fileExists(atPath: folder.path + "/" + name)
  }

  @Test(
    "A journal of no generation that there is harms nothing",
    arguments: [UInt64.max, .max - 1, UInt64(Int64.max), 1 << 48, (1 << 48) - 1, 7] as [UInt64])
  func strayJournal(generation: UInt64) throws {
    let folder = try kept()
    try Data("mine".utf8).write(to: URL(filePath: folder.path + "/journal.\(generation)"))
    try Data().write(to: URL(filePath: folder.path + "/journal.\(generation - 1)"))
    #expect(try requests(in: folder) == [159, 159])
    #expect(try Data(contentsOf: URL(filePath: folder.path + "/journal.corrupt")) == Data("mine".utf8))
  }

  @Test("A changed bit in the head is noticed, and the journal is not lost", arguments: 0..<30)
  func changedHead(place: Int) throws {
    let folder = try kept()
    let (snapshot, journal) = (URL(filePath: folder.path + "/snapshot"), URL(filePath: folder.path + "/journal.1"))
    let before = try Data(contentsOf: journal)
    var bytes = try Data(contentsOf: snapshot)
    bytes[place] ^= 1
    try bytes.write(to: snapshot)
    #expect(try requests(in: folder) == [0, 0])
    #expect(try Data(contentsOf: URL(filePath: folder.path + "/snapshot.corrupt")) == bytes)
    #expect(try Data(contentsOf: URL(filePath: folder.path + "/journal.corrupt")) == before)
  }

  @Test("A generation of all ones, with its checksum, is none")
  func largestGeneration() throws {
    let folder = try kept()
    let snapshot = URL(filePath: folder.path + "/snapshot")
    let rest = try Data(contentsOf: snapshot).dropFirst(RecordFile.headBytes)
    let cases: [(UInt64, [UInt64])] = [(.max, [0, 0]), (RecordFile.generationLimit, [150, 150])]
    for (generation, expected) in cases {
      try (Data(RecordFile.head(generation: generation)) + rest).write(to: snapshot)
      #expect(try requests(in: folder) == expected)
    }
  }

  @Test("Pipes and links in the place of files neither wait nor lead elsewhere", .timeLimit(.minutes(1)))
  func pipes() throws {
    for name in ["snapshot.tmp", "journal.2", "journal.3", "snapshot", "journal.1", "id", "lock"] {
      for isPipe in [true, false] {
        let folder = try kept()
        let (path, victim) = (folder.path + "/" + name, folder.path + "/victim")
        try Data("precious".utf8).write(to: URL(filePath: victim))
        unlink(path)
        if isPipe {
          #expect(mkfifo(path, 0o600) == 0)
        } else {
          #expect(symlink(victim, path) == 0)
        }
        if !isPipe, name == "lock" {
          #expect(throws: WindowFilesError.self) { _ = try WindowFiles(folder: folder.path, logger: logger) }
        } else {
          _ = try opened(folder).identity()
          let expected: UInt64 = name == "snapshot" ? 0 : name == "journal.1" ? 150 : 159
          #expect(try requests(in: folder) == [expected, expected], "\(name) \(isPipe)")
        }
        #expect(try Data(contentsOf: URL(filePath: victim)) == Data("precious".utf8), "\(name)")
      }
    }
  }

  @Test("Records whose numbers leave no room for the next one are refused; the largest that are taken harm nothing")
  func ranges() throws {
    let stage = Stage(split: Split(try inForce(50).flags[0]), from: midnight, revision: 1, isSeen: true)
    var counters = Counters()
    counters.serve(1, user: 1, unified: false)
    let day: UInt64 = 86_400_000_000_000
    func open(_ nanoseconds: UInt64, stage: Int = 1) -> Record {
      .open(
        flag: 0,
        Record.Open(
          resolution: .minute, stage: stage, from: midnight, nanoseconds: nanoseconds, tally: counters.tally))
    }
    func delta(_ nanoseconds: UInt64, minute: Int = 0, stage: Int = 1) -> Record {
      .delta(
        flag: 0,
        UnsavedChanges.Delta(
          stage: stage, minuteFrom: midnight + minute, hourFrom: midnight, minuteNanoseconds: nanoseconds,
          tally: counters.tally))
    }
    let window = ClosedWindow(stage: .max, from: midnight, milliseconds: 1, bytes: [])
    for record in [
      .stage(flag: 0, number: .max, stage), .stage(flag: 0, number: (1 << 48) + 1, stage), open(.max), open(day + 1),
      delta(.max), delta(day + 1), open(1, stage: .max), delta(1, stage: .max), .closed(flag: 0, .minute, window),
    ] {
      #expect(throws: CodecError.outOfRange) { _ = try Record(encoded: record.encoded) }
    }
    let largest = [
      Record.flag(0, name: flagName), .stage(flag: 0, number: 1 << 48, stage), open(day, stage: 1 << 48),
      delta(day, stage: 1 << 48), delta(day, minute: 60_000, stage: 1 << 48),
    ]
    var local = LocalWindows(names: [flagName], at: moment(0))
    local.restore(try largest.map { try Record(encoded: $0.encoded) })
    local.publish(try inForce(20), at: moment(1_000))
    local.record([counters.tally], at: moment(2_000))
    #expect(local.flags[0].table.current?.number == (1 << 48) + 1)
  }

  @Test("Deltas that claim more time than there is are added up without a trap")
  func manyDeltas() {
    var flag = FlagWindows(name: flagName, at: moment(0))
    for minute in 0..<8 {
      flag.restore(
        UnsavedChanges.Delta(
          stage: 1, minuteFrom: minute, hourFrom: midnight, minuteNanoseconds: .max, tally: Tally()))
    }
    #expect(flag.hour.nanoseconds == UInt64.max / 2)
    flag.record(Tally(), at: moment(1_000))
    #expect(flag.hour.nanoseconds < UInt64.max / 2)
  }
}
