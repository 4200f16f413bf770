internal import Redis
import Statistics

/// Which of our windows the others do not know yet.
struct FleetWriting: Sendable {
  /// Windows that are written at once at most; after a restart of Redis there is more to tell, and time for it.
  static let limit = 64

  /// By flag: up to which window of each ring all is told.
  private var told: [(minutes: Int, hours: Int)]

  init(flagCount: Int) { told = Array(repeating: (0, 0), count: flagCount) }

  /// Redis may have lost what it was told.
  mutating func forget() { told = told.map { _ in (0, 0) } }

  struct Telling: Sendable {
    var flag: Int
    var resolution: Resolution
    var segment: Segment
    /// Of the ring that it was taken from; 0 for an open window.
    var sequence: Int
  }

  /// The open windows of every flag, which also say that we are alive, and the closed ones that are not told yet.
  func due(_ book: WindowBook, now: Int) -> [Telling] {
    var due: [Telling] = []
    for (index, flag) in book.flags.enumerated() {
      for open in [flag.minute, flag.hour] {
        guard let stage = flag.table[open.stage] else { continue }
        let segment = Segment(
          stage: stage, from: open.from, milliseconds: open.milliseconds, tally: open.content.encoded)
        due.append(Telling(flag: index, resolution: open.resolution, segment: segment, sequence: 0))
      }
      let first = Resolution.minute.number(of: now) - FleetBook.minutesKept
      let firstHour = Resolution.hour.number(of: now) - FleetBook.hoursKept
      due += closed(flag, index, .minute, after: told[index].minutes, first: first)
      due += closed(flag, index, .hour, after: told[index].hours, first: firstHour)
    }
    return due
  }

  private func closed(
    _ flag: FlagWindows, _ index: Int, _ resolution: Resolution, after sequence: Int, first: Int
  ) -> [Telling] {
    let ring = flag.kept(resolution == .hour ? .hour : .minute)
    return ring.all.filter { $0.sequence > sequence && resolution.number(of: $0.from) > first }
      .prefix(Self.limit).compactMap { kept in
        flag.table[kept.stage].map { stage in
          Telling(
            flag: index, resolution: resolution,
            segment: Segment(stage: stage, from: kept.from, milliseconds: kept.milliseconds, tally: kept.bytes),
            sequence: kept.sequence)
        }
      }
  }

  /// The store has taken it.
  mutating func confirm(_ telling: Telling) {
    if telling.resolution == .hour {
      told[telling.flag].hours = max(told[telling.flag].hours, telling.sequence)
    } else {
      told[telling.flag].minutes = max(told[telling.flag].minutes, telling.sequence)
    }
  }
}
