import Flags
import Testing

@testable import FlagStore

@Suite("A flag in Redis is read from its value and its record")
struct StoredFlagTests {
  private static let initial = Flag(name: "F", percentage: Percentage(threshold: 5_000) ?? .zero)
  private static let salted = Flag(
    name: "F", isEnabled: false, percentage: .full, salt: "s", allow: ["uma"], revision: 7, updatedBy: "anna")

  private func stored(_ value: String?, record: Flag? = nil, from: String? = nil) -> StoredFlag {
    StoredFlag(
      name: "F", value: value.map { Array($0.utf8) },
      record: record.map { .init(revision: "\($0.revision)", flag: $0, value: from.map { Array($0.utf8) }) })
  }

  private func read(_ stored: StoredFlag, known: Flag? = nil, other: Bool = false) throws -> StoredFlag.Reading {
    try stored.read(.init(flag: known, isOtherServer: other, initial: Self.initial), place: "store")
  }

  @Test("A value that the record was made from is the flag of the record, and nothing is adopted")
  func recorded() throws {
    #expect(try read(stored("100", record: Self.salted, from: "100")) == .init(flag: Self.salted))
    #expect(try read(stored(nil, record: Self.salted)) == .init(flag: Self.salted), "deleted, and known to be")
  }

  @Test("Another value is adopted: a short form over what was before, an object whole")
  func behind() throws {
    var expected = Self.salted
    (expected.percentage, expected.revision, expected.updatedBy) = (try Percentage(20), 8, "SET")
    let short = try read(stored("20", record: Self.salted, from: "100"))
    #expect(short == .init(flag: expected, adoption: .init(before: Self.salted, action: .found)))
    let object = try read(stored("{\"percentage\": 20}", record: Self.salted, from: "100"))
    #expect(object.flag.isEnabled)
    #expect(object.flag.salt == "F")
    #expect(object.flag.allow.isEmpty)
    #expect(object.flag.revision == 8)
    #expect(try read(stored("20")).flag.revision == 1)
    #expect(try read(stored("20"), known: Self.salted).flag == expected, "the record was flushed, a reader remembers")
    #expect(try read(stored("{\"percentage\": 20, \"revision\": 40}", record: Self.salted)).flag.revision == 40)
  }

  @Test("What has no record, because the reader may not write one, is counted as a change once")
  func unrecorded() throws {
    for value in ["20", "{\"percentage\": 20}", nil] {
      let first = try read(stored(value), known: Self.salted)
      #expect(first.flag.revision == 8)
      #expect(first.adoption?.before == Self.salted)
      let second = try read(stored(value), known: first.flag)
      #expect(second.flag == first.flag, "\(String(describing: value))")
      #expect(second.adoption != nil, "\(String(describing: value))")
    }
  }

  @Test("No value: never set, deleted, flushed, or lost with the server's data")
  func missing() throws {
    #expect(try read(stored(nil)) == .init(flag: Self.initial))
    let deleted = try read(stored(nil, record: Self.salted, from: "100"))
    #expect(deleted.adoption == .init(before: Self.salted, action: .deleted))
    #expect(deleted.flag.percentage == Self.initial.percentage)
    #expect(deleted.flag.revision == 8)
    let flushed = try read(stored(nil), known: Self.salted)
    #expect(flushed.flag == deleted.flag)
    #expect(flushed.adoption?.action == .deleted)
    #expect(throws: FlagStoreError.lost(flag: "F", place: "store")) {
      try read(stored(nil), known: Self.salted, other: true)
    }
    #expect(try read(stored(nil), known: Self.initial, other: true).flag == Self.initial, "it never was in a store")
  }

  @Test("The environment gives the initial value; what is no flag there is told and counts as off")
  func environment() throws {
    let initial = InitialFlags { ["A": "true", "B": "12.5", "C": "x", "D": "", "E": "{\"percentage\": 5}"][$0] }
    #expect(
      ["A", "B", "C", "D", "E", "Z"].map { initial.flag(named: $0).percentage.threshold } == [
        100_000, 12_500, 0, 0, 0, 0,
      ])
    #expect(initial.problems(["A", "B", "C", "D", "E"]).count == 2)
    #expect(initial.problems(["C"])[0].contains("environment variable C"))
  }

  @Test("Behind the last revision there is none, and what is adopted there can be read again")
  func lastRevision() throws {
    var last = Self.salted
    last.revision = FlagLimits.revision
    #expect(try read(stored("50", record: last, from: "100")).flag.revision == FlagLimits.revision)
    #expect(try read(stored(nil, record: last, from: "100")).flag.revision == FlagLimits.revision)
  }

  @Test("Two ways to write one character make two users, as for the workers")
  func canonicalEquivalence() {
    let (composed, decomposed) = ("\u{E9}", "e\u{301}")
    let flag = Flag(name: "F", percentage: .zero, allow: [composed])
    let both = FlagEdit.allow([decomposed]).apply(to: flag)
    #expect(both.allow.map { Array($0.utf8) } == [composed, decomposed].map { Array($0.utf8) })
    #expect(FlagEdit.deny([decomposed]).apply(to: both).allow.map { Array($0.utf8) } == [Array(composed.utf8)])
    #expect(flag != Flag(name: "F", percentage: .zero, allow: [decomposed]))
  }
}
