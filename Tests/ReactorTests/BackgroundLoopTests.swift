import Glibc
import Reactor
import Synchronization
import TestSupport
import Testing

@Suite struct BackgroundLoopTests {
  @Test("It runs a turn at the start, one after each wake-up, and none in between")
  func turns() throws {
    let turns = Atomic(0)
    let loop = try BackgroundLoop(name: "turns") {
      turns.wrappingAdd(1, ordering: .relaxed)
      return .never
    }
    for expected in 1...3 {
      #expect(eventually { turns.load(ordering: .relaxed) == expected })
      pause(.milliseconds(20))
      #expect(turns.load(ordering: .relaxed) == expected)
      loop.wake()
    }
    loop.stop()
    loop.join()
  }

  @Test("A turn asks for the next one by its deadline, and the state stays with the thread")
  func deadlines() throws {
    let last = Atomic(0)
    let loop = try BackgroundLoop(name: "deadlines", state: { 0 }) { count in
      count += 1
      last.store(count, ordering: .relaxed)
      return count < 5 ? Deadline(after: .milliseconds(1)) : .never
    }
    #expect(eventually { last.load(ordering: .relaxed) == 5 })
    loop.stop()
    loop.join()
    #expect(last.load(ordering: .relaxed) == 5)
  }

  @Test("A stop is never lost, however it meets the beginning of a turn")
  func stops() throws {
    for round in 0..<2_000 {
      let loop = try BackgroundLoop(name: "stops") { .never }
      if round.isMultiple(of: 2) { loop.wake() }
      loop.stop()
      loop.join()
    }
  }

  @Test("A wake-up during a turn causes another turn")
  func wakeDuringTurn() throws {
    let turns = Atomic(0)
    let mayGoOn = Atomic(false)
    let loop = try BackgroundLoop(name: "wakes") {
      if turns.wrappingAdd(1, ordering: .relaxed).newValue == 1 {
        while !mayGoOn.load(ordering: .acquiring) { usleep(1_000) }
      }
      return .never
    }
    #expect(eventually { turns.load(ordering: .relaxed) == 1 })
    loop.wake()
    mayGoOn.store(true, ordering: .releasing)
    #expect(eventually { turns.load(ordering: .relaxed) == 2 })
    loop.stop()
    loop.join()
  }

  @Test("An inbox gives everything at once, in order, and refuses what is beyond its capacity")
  func inbox() {
    let inbox = Inbox<Int>(capacity: 2)
    #expect(inbox.post(1))
    #expect(inbox.post(2))
    #expect(!inbox.post(3))
    #expect(inbox.takeAll() == [1, 2])
    #expect(inbox.takeAll() == [])
    #expect(inbox.post(4))
    #expect(inbox.takeAll() == [4])
  }
}

@Suite struct DeadlineTests {
  @Test(
    "Durations become whole nanoseconds, within the range of the clock",
    arguments: [
      (Duration.zero, 0), (.nanoseconds(1), 1), (.milliseconds(1), 1_000_000), (.seconds(-1), 0),
      (.nanoseconds(-1), 0), (.seconds(Int64.max), UInt64.max), (.seconds(18_446_744_073), 18_446_744_073_000_000_000),
      (.seconds(18_446_744_074), UInt64.max), (.milliseconds(1) + .nanoseconds(999), 1_000_999),
    ] as [(Duration, UInt64)])
  func nanoseconds(duration: Duration, nanoseconds: UInt64) {
    #expect(duration.nanoseconds == nanoseconds)
    #expect(duration.milliseconds == Int(clamping: nanoseconds / 1_000_000))
  }

  @Test("A deadline beyond the clock's range never passes, a negative one has passed")
  func range() {
    #expect(Deadline(after: .seconds(Int64.max)) == .never)
    #expect(Deadline.never.pollMilliseconds == -1)
    #expect(!Deadline.never.hasPassed)
    let past = Deadline(after: .seconds(-1))
    #expect(past.hasPassed)
    #expect(past.remaining == .zero)
    #expect(past.pollMilliseconds == 0)
  }

  @Test("What remains is rounded up for poll, and the earlier of two deadlines counts")
  func remaining() {
    let deadline = Deadline(after: .nanoseconds(1_000), from: 5_000)
    #expect(deadline.nanoseconds == 6_000)
    #expect(deadline.remaining(at: 5_999) == .nanoseconds(1))
    #expect(deadline.remaining(at: 6_000) == .zero)
    #expect(deadline.remaining(at: 7_000) == .zero)
    let soon = Deadline(after: .seconds(60))
    #expect((59_001...60_000).contains(soon.pollMilliseconds))
    #expect(soon.atMost(.seconds(120)) == soon)
    #expect(soon.atMost(.seconds(1)) < soon)
  }

  @Test("Waiting ends with the event, or with the deadline")
  func waiting() throws {
    let wakeup = try Wakeup()
    #expect(!Deadline(after: .milliseconds(5)).wait(for: POLLIN, on: wakeup.descriptor.number))
    wakeup.wake()
    #expect(Deadline.never.wait(for: POLLIN, on: wakeup.descriptor.number))
  }
}
