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

  @Test("Slots are filled in order and changed in place")
  func inPlace() {
    var slab = Slab(capacity: 4) { [$0, $0] }
    slab[2].append(9)
    let slots = (0..<4).map { slab[$0] }
    #expect(slots == [[0, 0], [1, 1], [2, 2, 9], [3, 3]])
    #expect(slab.capacity == 4)
    #expect(slab.count == 4)
  }

  @Test("A slab ends the slots that were filled, and no other")
  func lifetime() {
    let tally = Tracked.Tally()
    do {
      var slab = Slab<Tracked>(capacity: 1_000_000)
      for _ in 0..<3 { slab.append(Tracked(tally)) }
      #expect(tally.count == 3)
      slab[1] = Tracked(tally)
      #expect(tally.count == 3)
      let count = slab.count
      #expect(count == 3)
    }
    #expect(tally.count == 0)
  }

  @Test("The last slot and the first ones can be emptied; those behind move to the front")
  func emptying() {
    let tally = Tracked.Tally()
    do {
      var slab = Slab<Tracked>(capacity: 4) { _ in Tracked(tally) }
      _ = slab.removeLast()
      #expect(tally.count == 3)
      slab.removeFirst(2)
      #expect(tally.count == 1)
      slab.append(Tracked(tally))
      let count = slab.count
      #expect(count == 2)
    }
    #expect(tally.count == 0)
    var numbers = Slab(capacity: 5) { $0 }
    numbers.removeFirst(3)
    let rest = (0..<numbers.count).map { numbers[$0] }
    #expect(rest == [3, 4])
  }

  @Test("An empty slab can be made and ended")
  func empty() {
    let slab = Slab<Int>(capacity: 0) { $0 }
    #expect(slab.capacity == 0)
  }

  @Test("A slot that was never filled cannot be reached, whichever side and whatever is done there")
  func outside() async {
    await #expect(processExitsWith: .failure) { _ = Slab(capacity: 2) { $0 }[2] }
    await #expect(processExitsWith: .failure) { _ = Slab(capacity: 2) { $0 }[-1] }
    await #expect(processExitsWith: .failure) { _ = Slab<Int>(capacity: 2)[0] }
    await #expect(processExitsWith: .failure) {
      var slab = Slab(capacity: 2) { $0 }
      slab[.max] = 1
    }
    await #expect(processExitsWith: .failure) {
      var slab = Slab(capacity: 2) { $0 }
      slab.append(3)
    }
    await #expect(processExitsWith: .failure) {
      var slab = Slab<Int>(capacity: 2)
      _ = slab.removeLast()
    }
    await #expect(processExitsWith: .failure) {
      var slab = Slab(capacity: 2) { $0 }
      slab.removeFirst(3)
    }
  }
}
