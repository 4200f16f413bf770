import FlagStore
import Statistics
import Testing

@testable import CohortWindows

/// Bounds on what others have written into the store.
@Suite struct FleetLimitTests {
  private func segment(_ from: Int, percentage: Double = 50, requests: UInt64 = 1) throws -> [UInt8] {
    let stage = Stage(split: Split(try inForce(percentage).flags[0]), from: midnight, revision: 1, isSeen: false)
    var counters = Counters()
    counters.serve(requests, user: 1, unified: false)
    return Segment(stage: stage, from: midnight + from, milliseconds: 1_000, tally: counters.tally.encoded).encoded
  }

  private func requests(_ span: FleetSpan) throws -> UInt64 {
    try span.groups.reduce(0) { try $0 + Tally(encoded: $1.tally).requests }
  }

  @Test("Proxies that start again one after the other are all counted, in 8 groups")
  func groupsPerSplit() throws {
    let values = try (0..<64).map { (proxy: "p\($0)", bytes: try segment($0 * 40_000)) }
    let span = FleetSpan(version: 1, values)
    #expect(try requests(span) == 64)
    #expect(span.groups.count == 8)
    #expect(span.unreadable == 0)
    #expect(span.proxies.count == 64)
  }

  @Test("A minute of more than 16 splits gives 16, and the others are counted as not understood")
  func splits() throws {
    let values = try (1...40).map { (proxy: "p\($0)", bytes: try segment(0, percentage: Double($0))) }
    let span = FleetSpan(version: 1, values)
    #expect(try requests(span) == 16)
    #expect(span.groups.count == 16)
    #expect(span.unreadable == 24)
  }

  @Test("The book takes so many bytes and no more, and has room again when windows expire")
  func bytes() throws {
    let span = FleetSpan(version: 1, [("b", try segment(0))])
    var book = FleetBook(flagCount: 2, byteLimit: span.byteCount * 3)
    let minute = midnight / 60_000
    for number in minute..<minute + 5 { book.put(span, flag: number % 2, .minute, number: number) }
    #expect(book.byteCount == span.byteCount * 3)
    #expect(book.unreadable == 2)
    // Read again, it takes its own place.
    book.put(span, flag: minute % 2, .minute, number: minute)
    #expect(book.byteCount == span.byteCount * 3)
    #expect(book.unreadable == 2)
    _ = book.expire(at: (minute + FleetBook.minutesKept + 1) * 60_000)
    #expect(book.byteCount == span.byteCount)
    book.put(span, flag: 0, .hour, number: midnight / 3_600_000)
    #expect(book.byteCount == span.byteCount * 2)
    #expect(book.unreadable == 2)
    _ = book.expire(at: midnight + 400 * 3_600_000)
    #expect(book.byteCount == 0)
  }

  @Test("At most 20 silent proxies are named, shortly, and the others counted")
  func names() throws {
    for (count, last) in [(20, "edge-19"), (21, "and 1 more"), (3_000, "and 2980 more")] {
      var hearing = FleetLiveness(own: "a")
      let members = (0..<count).map {
        FleetMember(id: "id-\($0)", name: "edge-\($0)", version: "1", pid: 1, admin: "")
      }
      hearing.meet(members, at: 1)
      let silent = hearing.silent(at: 20_000_000_000)
      #expect(silent.count == min(count, 21))
      #expect(silent.last == last)
    }
    var hearing = FleetLiveness(own: "a")
    let name = "x" + String(repeating: "\u{e9}", count: 100_000)
    hearing.meet([FleetMember(id: "b", name: name, version: "1", pid: 1, admin: "")], at: 1)
    let cut = try #require(hearing.silent(at: 20_000_000_000).first)
    #expect(cut.utf8.count == 127)
    #expect(name.hasPrefix(cut))
  }
}
