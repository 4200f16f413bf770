import Bytes
import Testing

@Suite struct SlabTests {
  /// Knows how many of its kind there are.
  private final class Tracked {
    final class Tally { var count = 0 }
    let tally: Tally

    init(_ tally: Tally) {
      self.tally = tally
      tally.count += 1
    }

    deinit { tally.count -= 1 }
  }

  @Test("Slots are made in order and changed in place, and a copy of the handle sees the change")
  func inPlace() {
    let slab = Slab(capacity: 4) { [$0, $0] }
    defer { slab.deallocate(initialized: 4) }
    let copy = slab
    slab[2].append(9)
    #expect((0..<4).map { copy[$0] } == [[0, 0], [1, 1], [2, 2, 9], [3, 3]])
    #expect(copy.capacity == 4)
  }

  @Test("Slots are made one at a time, and ending the slab ends those that were made")
  func lifetime() {
    let tally = Tracked.Tally()
    let slab = Slab<Tracked>(capacity: 1_000_000)
    for index in 0..<3 { slab.initialize(index, to: Tracked(tally)) }
    #expect(tally.count == 3)
    slab[1] = Tracked(tally)
    #expect(tally.count == 3)
    slab.deallocate(initialized: 3)
    #expect(tally.count == 0)
  }

  @Test("An empty slab can be made and ended")
  func empty() {
    let slab = Slab<Int>(capacity: 0) { $0 }
    #expect(slab.capacity == 0)
    slab.deallocate(initialized: 0)
  }

  @Test("An index outside the slab traps, whichever side and whatever is done there")
  func outside() async {
    await #expect(processExitsWith: .failure) { _ = Slab(capacity: 2) { $0 }[2] }
    await #expect(processExitsWith: .failure) { _ = Slab(capacity: 2) { $0 }[-1] }
    await #expect(processExitsWith: .failure) { Slab(capacity: 2) { $0 }[.max] = 1 }
    await #expect(processExitsWith: .failure) { Slab<Int>(capacity: 2).initialize(2, to: 1) }
  }
}
