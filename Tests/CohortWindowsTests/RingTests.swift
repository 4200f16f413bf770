import FlagStore
import Flags
import Testing

@testable import CohortWindows

@Suite struct RingTests {
  private func kept(_ from: Int, bytes: Int = 10) -> Kept {
    Kept(stage: 1, from: from, milliseconds: 1_000, bytes: [UInt8](repeating: 7, count: bytes))
  }

  @Test("A ring keeps the last of what it was given", arguments: [1, 2, 63, 64, 65, 1_000])
  func capacity(capacity: Int) {
    var ring = Ring(capacity: capacity, byteLimit: .max)
    for number in 1...(capacity * 3 + 5) {
      ring.append(kept(number))
      #expect(ring.count == min(number, capacity))
      #expect(ring.byteCount == ring.count * 10)
      #expect(ring.all.first?.from == max(1, number - capacity + 1))
      #expect(ring.all.last?.from == number)
    }
    #expect(ring.all.map(\.sequence) == ring.all.map(\.from))
  }

  @Test("A ring has no more bytes than it may, but always the last window")
  func bytes() {
    var ring = Ring(capacity: 100, byteLimit: 50)
    for number in 1...20 { ring.append(kept(number)) }
    #expect(ring.count == 5)
    #expect(ring.byteCount == 50)
    ring.append(kept(21, bytes: 80))
    #expect(ring.all.map(\.from) == [21])
    #expect(ring.byteCount == 80)
  }

  @Test("Stages and marks are the last 256")
  func table() throws {
    var table = StageTable()
    for number in 1...300 {
      let split = Split(try inForce(Double(number % 2)).flags[0])
      #expect(table.begin(Stage(split: split, from: number, revision: number, isSeen: true)) == number)
      table.add(
        Mark(at: number, revision: number, isEnabled: true, percentage: .zero, by: nil, reason: nil, isLocal: false))
    }
    #expect(table.stages.count == 256)
    #expect(table.marks.count == 256)
    #expect(table[44] == nil)
    #expect(table[45]?.from == 45)
    #expect(table.current?.number == 300)
  }
}
