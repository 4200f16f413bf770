import Concurrency
import Testing

@Suite struct CounterLaneTests {
  @Test("A new lane counts nothing, and each counter counts alone")
  func counting() {
    let lane = CounterLane(count: 1_000)
    lane.add(5, at: 0)
    lane.add(7, at: 999)
    lane.add(1, at: 999)
    var expected = [UInt64](repeating: 0, count: 1_000)
    expected[0] = 5
    expected[999] = 8
    var totals = [UInt64](repeating: 0, count: 1_000)
    lane.addValues(to: &totals)
    #expect(totals == expected)
    #expect(lane.value(at: 999) == 8)
    lane.addValues(to: &totals)
    #expect(totals == expected.map { $0 * 2 })
  }

  @Test("The two ends of a lane keep it alive")
  func ends() {
    weak var weakLane: CounterLane?
    do {
      let writer: CounterLane.Writer
      let reader: CounterLane.Reader
      do {
        let lane = CounterLane(count: 8)
        weakLane = lane
        writer = lane.writer
        reader = lane.reader
      }
      writer.add(3, at: 7)
      let value = reader.value(at: 7)
      #expect(value == 3)
      #expect(weakLane != nil)
    }
    #expect(weakLane == nil)
  }

  @Test("A counter wraps and does not trap")
  func wrapping() {
    let lane = CounterLane(count: 1)
    lane.add(.max, at: 0)
    lane.add(2, at: 0)
    #expect(lane.value(at: 0) == 1)
  }

  @Test("An index outside the lane traps, whichever side")
  func outside() async {
    await #expect(processExitsWith: .failure) { CounterLane(count: 8).add(1, at: 8) }
    await #expect(processExitsWith: .failure) { CounterLane(count: 8).add(1, at: -1) }
    await #expect(processExitsWith: .failure) { _ = CounterLane(count: 8).value(at: .max) }
  }

  @Test("While one thread counts, no reader sees a counter fall, and in the end nothing is lost")
  func concurrentReaders() {
    let additions: UInt64 = 500_000
    let lane = CounterLane(count: 64)
    let reader: @Sendable () -> Void = {
      var last: UInt64 = 0
      while last < additions {
        let value = lane.value(at: 63)
        #expect(value >= last)
        last = value
      }
    }
    onThreads([
      {
        let writer = lane.writer
        for _ in 0..<additions { writer.add(1, at: 63) }
      }, reader, reader,
    ])
    #expect(lane.value(at: 63) == additions)
  }

  @Test("What is counted first at the lower index is never seen to lag what is counted after it")
  func order() {
    let additions: UInt64 = 500_000
    let lane = CounterLane(count: 16)
    onThreads([
      {
        let writer = lane.writer
        for _ in 0..<additions {
          writer.add(1, at: 3)
          writer.add(1, at: 12)
        }
      },
      {
        var finished: UInt64 = 0
        while finished < additions {
          var totals = [UInt64](repeating: 0, count: 16)
          lane.addValues(to: &totals)
          #expect(totals[3] >= totals[12])
          #expect(totals[12] >= finished)
          finished = totals[12]
        }
      },
    ])
  }

  @Test("Two writers of two lanes lose nothing to each other")
  func twoLanes() {
    let lanes = [CounterLane(count: 24), CounterLane(count: 24)]
    onThreads(
      lanes.map { lane in
        {
          let writer = lane.writer
          for step in 0..<240_000 { writer.add(1, at: step % 24) }
        }
      })
    var totals = [UInt64](repeating: 0, count: 24)
    for lane in lanes { lane.addValues(to: &totals) }
    #expect(totals == Array(repeating: 20_000, count: 24))
  }
}
