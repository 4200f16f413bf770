import Flags
import Foundation
import Logging
import TestSupport
import Testing

@testable import FlagStore

@Suite struct FlagsInForceTests {
  private let folder: TemporaryFolder
  private let published = Record<FlagSnapshot>()

  init() throws { folder = try TemporaryFolder() }

  private func flags(_ policy: StoreLossPolicy = .hold, keeps: Bool = false) -> FlagsInForce {
    let published = published
    return FlagsInForce(
      names: ["F"], place: "store", policy: policy, stateFile: keeps ? StateFile(folder.file("state")) : nil,
      publish: { published.append($0) }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }

  private func stored(_ percentage: Double, revision: Int = 1) throws -> StoredFlags {
    StoredFlags(flags: [Flag(name: "F", percentage: try Percentage(percentage), revision: revision)])
  }

  private var inForce: [String] {
    published.all.map { "\($0.flags[0].isEnabled ? $0.flags[0].percentage.description : "killed") \($0.generation)" }
  }

  @Test("A local kill outranks whatever the store says until a person ends it, and then the store counts again")
  func localKill() throws {
    let flags = flags()
    flags.accept(try stored(10))
    flags.killLocally(LocalKill(by: "anna"))
    flags.accept(try stored(50, revision: 2))
    flags.accept(try stored(100, revision: 3))
    #expect(inForce == ["10 1", "killed 2", "killed 3", "killed 4"])
    #expect(flags.status().localKill?.by == "anna")
    #expect(flags.stored[0].revision == 3)
    #expect(flags.restoreLocally(by: "anna").isChange)
    #expect(!flags.restoreLocally(by: "anna").isChange)
    #expect(inForce.last == "100 5")
    #expect(flags.status().localKill == nil)
  }

  @Test("A hard local kill is hard for the workers; over a soft one it is a new snapshot")
  func hard() throws {
    let flags = flags()
    flags.accept(try stored(10))
    flags.killLocally(LocalKill(by: "anna"))
    flags.killLocally(LocalKill(by: "anna", hard: true))
    #expect(published.all.map { $0.flags[0].isHardKill } == [false, false, true])
  }

  @Test("A local kill and the last good flags survive a restart; a damaged state is not used")
  func restart() throws {
    do {
      let flags = flags(keeps: true)
      flags.accept(try stored(33))
      flags.killLocally(LocalKill(by: "anna", reason: "drill", hard: true))
      flags.close()
    }
    let again = flags(keeps: true)
    let away = FlagStoreError.unreachable(place: "store", reason: "x")
    try again.begin { _ throws(FlagStoreError) in throw away }
    #expect(again.status().localKill?.reason == "drill")
    #expect(again.status().origin == .lastGood)
    #expect(inForce.last == "killed 1")
    #expect(again.stored[0].percentage.description == "33")
    again.restoreLocally(by: "ben")
    #expect(inForce.last == "33 2")
    again.close()
    var text = try String(contentsOfFile: folder.file("state"), encoding: .utf8)
    text.replace("33", with: "34")
    try folder.overwrite(text, in: "state")
    let damaged = flags(keeps: true)
    #expect(throws: away) { try damaged.begin { _ throws(FlagStoreError) in throw away } }
    damaged.close()
  }

  @Test("A store that is away for longer than allowed sends everyone to legacy, if that was asked for, and only then")
  func storeLost() throws {
    let (holding, leaving) = (flags(), flags(.legacy(after: .seconds(1))))
    for flags in [holding, leaving] {
      flags.accept(try stored(10))
      flags.reject(.unreachable(place: "store", reason: "x"))
      flags.tick()
      pause(.milliseconds(1_100))
      flags.tick()
    }
    #expect(inForce == ["10 1", "10 1", "killed 2"])
    #expect(leaving.status().isStoreLost)
    #expect(!holding.status().isStoreLost)
    leaving.accept(try stored(10))
    #expect(inForce.last == "10 3")
    #expect(leaving.status().isValid)
    #expect(!leaving.status().isStoreLost)
    // A value that is wrong is no store that is away.
    leaving.reject(.valueTooLarge(flag: "F", place: "store", bytes: 1))
    pause(.milliseconds(1_100))
    leaving.tick()
    #expect(inForce.last == "10 3")
  }

  @Test("Away counts from when it was noticed; a store that was started again without its data is not back")
  func awaySince() throws {
    let flags = flags(.legacy(after: .seconds(1)))
    let lost = FlagStoreError.lost(flag: "F", place: "store")
    flags.accept(try stored(10), error: .valueTooLarge(flag: "F", place: "store", bytes: 1))
    pause(.milliseconds(1_100))
    flags.reject(.unreachable(place: "store", reason: "for a moment"))
    flags.tick()
    #expect(inForce == ["10 1"])
    pause(.milliseconds(1_100))
    flags.tick()
    for _ in 0..<3 {
      flags.accept(try stored(10), error: lost)
      flags.tick()
    }
    #expect(inForce == ["10 1", "killed 2"])
    flags.reject(.valueTooLarge(flag: "F", place: "store", bytes: 1))
    #expect(inForce == ["10 1", "killed 2", "10 3"])
  }

  @Test("Staleness counts from the last word of the store")
  func stale() throws {
    let flags = flags()
    flags.accept(try stored(10))
    usleep(1_100_000)
    #expect(flags.status().staleSeconds == 0)
    flags.reject(.unreachable(place: "store", reason: "x"))
    #expect(flags.status().staleSeconds >= 1)
    flags.accept(try stored(10))
    #expect(flags.status().staleSeconds == 0)
  }

  @Test("What a writer that was killed has left beside the state is removed at the next start, and nothing else")
  func leftovers() throws {
    let folder = try TemporaryFolder()
    // No process has a number as large as that.
    let names = [".state.2147483647.tmp", ".state.\(getpid()).tmp", ".state.x.tmp", ".other.2147483647.tmp"]
    for name in names { try folder.overwrite("", in: name) }
    StateFile(folder.file("state")).removeLeftovers()
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(left.sorted() == names.dropFirst().sorted())
  }

  @Test("A local kill that cannot be kept is in force all the same, and says so")
  func notKept() throws {
    let folder = try TemporaryFolder()
    let flags = FlagsInForce(
      names: ["F"], place: "store", stateFile: StateFile(folder.file("missing/state")), publish: { _ in },
      logger: Logger(label: "test"))
    try flags.begin { _ throws(FlagStoreError) in StoredFlags(flags: [Flag(name: "F", percentage: .full)]) }
    #expect(!flags.killLocally(LocalKill(by: "anna")))
    #expect(flags.status().flags[0].isEnabled == false)
    #expect(mkdir(folder.file("missing"), 0o700) == 0)
    #expect(flags.killLocally(LocalKill(by: "anna")))
    let (isChange, isKept) = flags.restoreLocally(by: "anna")
    #expect(isChange)
    #expect(isKept)
    flags.close()
  }
}
