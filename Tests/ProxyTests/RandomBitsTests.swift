import Testing

@testable import Proxy

@Suite struct RandomBitsTests {
  @Test("No number comes twice, from one generator or two")
  func noRepetition() {
    var (first, second) = (RandomBits(), RandomBits())
    var seen: Set<UInt64> = []
    for _ in 0..<50_000 {
      seen.insert(first.next())
      seen.insert(second.next())
    }
    #expect(seen.count == 100_000)
  }

  @Test("Every bit is set about half the time")
  func balance() {
    var bits = RandomBits()
    var counts = [Int](repeating: 0, count: 64)
    for _ in 0..<10_000 {
      let number = bits.next()
      for place in 0..<64 where number >> UInt64(place) & 1 == 1 { counts[place] += 1 }
    }
    // Ten standard deviations on both sides.
    for count in counts { #expect((4_500...5_500).contains(count)) }
  }
}
