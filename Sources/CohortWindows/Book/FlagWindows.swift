import Flags
import Statistics

/// The windows of one flag, of this proxy: those that are open and those that are kept.
///
///     readings -- differences --> second (light)  --> 900 seconds
///                            \--> minute (full)   --> 60 minutes in full, 7 days of light ones
///                            \--> hour (full)     --> 7 days of hours
///
/// Light is what a chart needs, full has the clusters and users for a comparison. A change of the split closes all three
/// and opens new ones, so a window belongs to one stage. A window without traffic is not kept.
///
/// Memory: 0.5 MiB for the open windows and the last reading, and the closed ones encoded. Of a flag under heavy traffic
/// (1000 requests a second of 10 000 users, measured: a minute in full 23 KiB, a light one 1.1 KiB) these come to 18 MiB
/// within a week; of one with 10 requests a second to less than half. The rings' own limits come to 57 MiB, whatever the
/// traffic.
struct FlagWindows: Sendable {
  let name: String
  var table = StageTable()

  private(set) var seconds = Ring(capacity: 900, byteLimit: 1 << 20)
  private(set) var lightMinutes = Ring(capacity: 10_080, byteLimit: 16 << 20)
  /// 60 are promised; the rest is for minutes that were cut.
  private(set) var minutes = Ring(capacity: 128, byteLimit: 8 << 20)
  /// 168 are promised.
  private(set) var hours = Ring(capacity: 256, byteLimit: 16 << 20)
  /// What the other proxies counted in minutes that have left the store, light.
  private(set) var othersMinutes = Ring(capacity: 10_080, byteLimit: 16 << 20)

  private(set) var second: OpenWindow<LightTally>
  private(set) var minute: OpenWindow<Tally>
  private(set) var hour: OpenWindow<Tally>
  private(set) var unsaved = Unsaved()
  /// Whether somebody takes what is unsaved.
  var isOnDisk = false
  private var reading = Tally()
  /// The end of what was read last.
  private var readAt: ClockReading

  init(name: String, at now: ClockReading) {
    self.name = name
    readAt = now
    second = OpenWindow(.second, stage: 0, from: now.wall, LightTally())
    minute = OpenWindow(.minute, stage: 0, from: now.wall, Tally())
    hour = OpenWindow(.hour, stage: 0, from: now.wall, Tally())
  }

  var byteCount: Int {
    [seconds, lightMinutes, minutes, hours, othersMinutes].reduce(0) { $0 + $1.byteCount }
  }

  // MARK: Counting

  /// Adds what was counted since the last reading to the open windows, and closes those that are over.
  mutating func take(_ new: Tally, at now: ClockReading) {
    let nanoseconds = now.monotonicNanoseconds &- readAt.monotonicNanoseconds
    second.nanoseconds += nanoseconds
    minute.nanoseconds += nanoseconds
    hour.nanoseconds += nanoseconds
    if let delta = delta(new) {
      second.content.merge(LightTally(delta))
      count(delta)
      if isOnDisk { unsaved.add(unsavedDelta(delta)) }
    }
    readAt = now
    roll(to: now.wall, stage: second.stage)
  }

  private func unsavedDelta(_ delta: Tally) -> Unsaved.Delta {
    Unsaved.Delta(
      stage: minute.stage, minuteFrom: minute.from, hourFrom: hour.from, minuteNanoseconds: minute.nanoseconds,
      tally: delta)
  }

  private mutating func count(_ delta: Tally) {
    minute.content.merge(delta)
    hour.content.merge(delta)
  }

  /// Nil when nothing was counted.
  private mutating func delta(_ new: Tally) -> Tally? {
    guard !new.isSame(as: reading) else { return nil }
    var delta = Tally(users: new.users.without(minute.content.users))
    delta.legacy = new.legacy.since(reading.legacy)
    delta.unified = new.unified.since(reading.unified)
    reading = new
    return delta.isEmpty && delta.users.hashes.allSatisfy(\.isEmpty) ? nil : delta
  }

  /// Counts what was kept on disk.
  mutating func restore(_ delta: Unsaved.Delta) {
    if minute.from != delta.minuteFrom || minute.stage != delta.stage {
      close(minute)
      minute = OpenWindow(.minute, stage: delta.stage, from: delta.minuteFrom, Tally())
    }
    if hour.from != delta.hourFrom || hour.stage != delta.stage {
      close(hour)
      hour = OpenWindow(.hour, stage: delta.stage, from: delta.hourFrom, Tally())
    }
    let nanoseconds = delta.minuteNanoseconds - min(delta.minuteNanoseconds, minute.nanoseconds)
    // A file may claim more than there is time.
    minute.nanoseconds = minute.nanoseconds.addingClamped(nanoseconds)
    hour.nanoseconds = hour.nanoseconds.addingClamped(nanoseconds)
    count(delta.tally)
  }

  // MARK: Closing

  /// Closes what is over at that moment, or belongs to another stage.
  mutating func roll(to wall: Int, stage: Int) {
    if second.isOver(at: wall, stage: stage) {
      close(second)
      second = OpenWindow(.second, stage: stage, from: wall, LightTally())
    }
    if minute.isOver(at: wall, stage: stage) {
      close(minute)
      minute = OpenWindow(.minute, stage: stage, from: wall, Tally())
    }
    if hour.isOver(at: wall, stage: stage) {
      close(hour)
      hour = OpenWindow(.hour, stage: stage, from: wall, Tally())
    }
  }

  /// Keeps the open second at the end of the process. The open minute and hour are kept as they grow.
  mutating func closeSecond(at wall: Int) {
    close(second)
    second = OpenWindow(.second, stage: second.stage, from: wall, LightTally())
  }

  private mutating func close(_ window: OpenWindow<LightTally>) {
    guard !window.content.isEmpty else { return }
    let kept = window.kept(window.content.encoded)
    seconds.append(kept)
    if isOnDisk { unsaved.add(kept, .second) }
  }

  private mutating func close(_ window: OpenWindow<Tally>) {
    guard !window.content.isEmpty else { return }
    let kept = window.kept(window.content.encoded)
    guard window.resolution == .minute else { return hours.append(kept) }
    minutes.append(kept)
    lightMinutes.append(window.kept(LightTally(window.content).encoded))
  }

  mutating func add(othersMinute kept: Kept) {
    othersMinutes.append(kept)
    if isOnDisk { unsaved.add(kept, .othersMinute) }
  }

  // MARK: Stages

  /// The split is another one from now on.
  mutating func begin(_ stage: Stage) {
    let number = table.begin(stage)
    if isOnDisk { unsaved.add(stage, number: number) }
    roll(to: stage.from, stage: number)
  }

  /// The stage that was in force when the process ended goes on: the split is the same.
  mutating func resume(at now: ClockReading) {
    guard let current = table.current else { return }
    readAt = now
    // What was restored is over, also within the same minute.
    roll(to: now.wall, stage: 0)
    roll(to: now.wall, stage: current.number)
  }

  mutating func add(_ mark: Mark) {
    table.add(mark)
    if isOnDisk { unsaved.add(mark) }
  }

  // MARK: The disk

  mutating func takeUnsaved() -> Unsaved {
    defer { unsaved = Unsaved() }
    return unsaved
  }

  mutating func restore(_ kept: Kept, of kind: KeptKind) {
    switch kind {
    case .second: seconds.append(kept)
    case .lightMinute: lightMinutes.append(kept)
    case .minute: minutes.append(kept)
    case .hour: hours.append(kept)
    case .othersMinute: othersMinutes.append(kept)
    }
  }

  mutating func restore(_ open: Record.Open) {
    var window = OpenWindow(open.resolution, stage: open.stage, from: open.from, open.tally)
    window.nanoseconds = open.nanoseconds
    if open.resolution == .hour { hour = window } else { minute = window }
  }

  func kept(_ kind: KeptKind) -> Ring {
    switch kind {
    case .second: seconds
    case .lightMinute: lightMinutes
    case .minute: minutes
    case .hour: hours
    case .othersMinute: othersMinutes
    }
  }
}

extension UInt64 {
  /// At most half of what fits, so that what is counted live comes on top.
  fileprivate func addingClamped(_ other: UInt64) -> UInt64 {
    let (sum, isOverflown) = addingReportingOverflow(other)
    return isOverflown ? .max / 2 : Swift.min(sum, .max / 2)
  }
}

/// The rings of a flag.
enum KeptKind: UInt8, Sendable, CaseIterable {
  case second = 0
  case lightMinute = 1
  case minute = 2
  case hour = 3
  case othersMinute = 4
}
