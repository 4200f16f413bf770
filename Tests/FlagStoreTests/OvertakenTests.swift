import Flags
import Synchronization
import TestSupport
import Testing

@testable import FlagStore

/// A flag file in which somebody else changes the flag between our reading and our writing, so many times.
private final class Contested: FlagSource {
  let file: FlagFile
  private let left: Mutex<Int>

  init(_ file: FlagFile, times: Int) {
    self.file = file
    left = Mutex(times)
  }

  var place: String { file.place }

  func names() throws(FlagStoreError) -> [String]? { try file.names() }
  func flag(named name: String) throws(FlagStoreError) -> Flag { try file.flag(named: name) }
  func audit(flag: String?, limit: Int) throws(FlagStoreError) -> AuditTrail {
    try file.audit(flag: flag, limit: limit)
  }
  func fleet() throws(FlagStoreError) -> [FleetMember]? { nil }

  func store(_ edit: FlagEdit, of read: Flag, signed: Signature) throws(FlagStoreError) -> Flag {
    let turn = left.withLock { left in
      left -= 1
      return left
    }
    if turn >= 0 {
      try file.edit(
        flag: read.name, by: "other", reason: nil, now: 0, change: .set(Percentage(threshold: turn) ?? .zero))
    }
    return try file.store(edit, of: read, signed: signed)
  }
}

@Suite("A change that was overtaken")
struct OvertakenTests {
  private let folder: TemporaryFolder
  private let signature = Signature(by: "anna", from: "test")

  init() throws {
    folder = try TemporaryFolder()
    try folder.overwrite(#"{ "F": 50 }"#)
  }

  private func change(_ edit: FlagEdit, overtaken times: Int) throws -> (before: Flag, after: Flag) {
    let source = Contested(FlagFile(folder.file()), times: times)
    return try source.change(try source.flag(named: "F"), edit, signed: signature)
  }

  @Test("A kill reads again and kills what the other one wrote")
  func kill() throws {
    let (before, after) = try change(.kill(), overtaken: 4)
    #expect(before.updatedBy == "other")
    #expect(before.percentage == .zero)
    #expect(before.isEnabled)
    #expect(!after.isEnabled)
    #expect(after.updatedBy == "anna")
    #expect(after.revision == before.revision + 1)
    #expect(try FlagFile(folder.file()).flag(named: "F") == after)
  }

  @Test("In the end it gives up")
  func endless() throws {
    #expect(throws: FlagStoreError.self) { try change(.kill(), overtaken: 100) }
    #expect(try FlagFile(folder.file()).flag(named: "F").isEnabled)
  }

  @Test("All other changes leave the judgement to people", arguments: [FlagEdit.set(.full), .restore, .allow(["a"])])
  func others(edit: FlagEdit) throws {
    try folder.overwrite(#"{ "F": { "percentage": 50, "enabled": false } }"#)
    #expect {
      try change(edit, overtaken: 1)
    } throws: { error in
      if case .conflict? = error as? FlagStoreError { true } else { false }
    }
  }

  @Test("What changes nothing is not written")
  func nothing() throws {
    try folder.overwrite(#"{ "F": { "percentage": 50, "enabled": false, "revision": 3 } }"#)
    #expect(try change(.kill(), overtaken: 1).after.revision == 3)
  }
}
