package import FlagStore
package import Flags
internal import Glibc
internal import Reactor
package import Statistics

/// The windows of all flags of this proxy: a value that records readings and changes of flags, without clock or thread.
package struct LocalWindows: Sendable {
  var flags: [FlagWindows]
  /// The flags in force and in the store, as last published.
  private var inForce: [Flag] = []
  private var stored: [Flag] = []

  package init(names: [String], at now: ClockReading) { flags = names.map { FlagWindows(name: $0, at: now) } }

  package func index(of name: String) -> Int? { flags.firstIndex { $0.name == name } }

  /// Bytes of all closed windows.
  package var byteCount: Int { flags.reduce(0) { $0 + $1.byteCount } }

  /// Whether a reading at that time closes a minute.
  package func isMinuteOver(at now: ClockReading) -> Bool {
    flags.contains { $0.minute.isOver(at: now.wall, stage: $0.minute.stage) }
  }

  /// - Parameter readings: one tally for each flag, cumulative since the start of the process.
  package mutating func record(_ readings: [Tally], at now: ClockReading) {
    for (index, reading) in readings.prefix(flags.count).enumerated() { flags[index].record(reading, at: now) }
  }

  /// Changes what is in force from `now` on. Call it just after a reading of that time.
  package mutating func publish(_ status: FlagSourceStatus, at now: ClockReading) {
    let isFirst = inForce.isEmpty
    for flag in status.flags {
      guard let index = index(of: flag.name), inForce.first(where: { $0.name == flag.name }) != flag else { continue }
      let isStoreChange = !isFirst && splitInStore(flag.name, stored) != splitInStore(flag.name, status.stored)
      let isNewStage = flags[index].table.current?.stage.split != Split(flag)
      if isNewStage {
        let stage = Stage(split: Split(flag), from: now.wall, revision: flag.revision, isSeen: isStoreChange)
        flags[index].begin(stage)
      } else if isFirst {
        flags[index].resume(at: now)
      }
      // A start without a change leaves no mark.
      if isFirst, !isNewStage, flags[index].table.marks.last?.revision == flag.revision { continue }
      let isLocal = status.isOverridden || !isFirst && inStore(flag.name, stored) == inStore(flag.name, status.stored)
      flags[index].add(isLocal ? Mark(local: flag, status, at: now.wall) : Mark(flag, at: now.wall))
    }
    (inForce, stored) = (status.flags, status.stored)
  }

  private func inStore(_ name: String, _ flags: [Flag]) -> Flag? { flags.first { $0.name == name } }

  private func splitInStore(_ name: String, _ flags: [Flag]) -> Split? { inStore(name, flags).map { Split($0) } }

  /// The flag in force.
  package func flag(_ index: Int) -> Flag? { inForce.first { $0.name == flags[index].name } }
}

extension Mark {
  fileprivate init(_ flag: Flag, at wall: Int) {
    self.init(
      at: wall, revision: flag.revision, isEnabled: flag.isEnabled, percentage: flag.percentage, by: flag.updatedBy,
      reason: flag.reason, isLocal: false)
  }

  /// For a local kill, the loss of the store, or the end of either.
  fileprivate init(local flag: Flag, _ status: FlagSourceStatus, at wall: Int) {
    self.init(flag, at: wall)
    isLocal = true
    by = status.localKill?.by
    reason = status.localKill?.reason
    if status.localKill == nil {
      reason = status.isStoreLost ? "the flag store was away for too long" : "the flags of the store are in force again"
    }
  }
}

/// Now, by both clocks. The wall clock chooses the window, and can be set; the monotonic clock measures lengths.
package struct ClockReading: Sendable, Equatable {
  /// Milliseconds since 1970.
  package var wall: Int
  package var monotonicNanoseconds: UInt64

  /// The latest time accepted from outside: the year 5138.
  static let limit = 100_000_000_000_000

  package init(wall: Int, monotonicNanoseconds: UInt64) {
    self.wall = wall
    self.monotonicNanoseconds = monotonicNanoseconds
  }

  package static func now() -> ClockReading {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return ClockReading(
      wall: time.tv_sec * 1_000 + time.tv_nsec / 1_000_000, monotonicNanoseconds: MonotonicClock.now())
  }
}
