internal import Flags
internal import Statistics

/// The windows of one flag on this proxy, open and closed.
///
///     readings -- differences --> second (light)  --> 900 seconds
///                            \--> minute (full)   --> 60 minutes in full, 7 days of light ones
///                            \--> hour (full)     --> 7 days of hours
///
/// Light windows hold what a chart needs; full ones add the clusters and users of a comparison. A change of the split
/// closes all three open windows, so a window belongs to one stage. Windows without traffic are dropped.
///
/// Memory: 0.5 MiB for the open windows and the last reading, plus the closed ones, encoded. Measured with 1,000 requests
/// a second of 10,000 users: 23 KiB for a full minute, 1.1 KiB for a light one, 18 MiB after a week; with 10 requests a
/// second less than half. The limits of the rings sum up to 57 MiB.
struct FlagWindows: Sendable {
  let name: String
  var table = StageTable()

  private(set) var seconds = Ring(capacity: 900, byteLimit: 1 << 20)
  private(set) var lightMinutes = Ring(capacity: 10_080, byteLimit: 16 << 20)
  /// 60 are promised; the rest is for minutes that a change cut.
  private(set) var minutes = Ring(capacity: 128, byteLimit: 8 << 20)
  /// 168 are promised.
  private(set) var hours = Ring(capacity: 256, byteLimit: 16 << 20)
  /// Light minutes of the other proxies that have left the store.
  private(set) var othersMinutes = Ring(capacity: 10_080, byteLimit: 16 << 20)

  private(set) var second: OpenWindow<LightTally>
  private(set) var minute: OpenWindow<Tally>
  private(set) var hour: OpenWindow<Tally>
  private(set) var unsaved = UnsavedChanges()
  /// Whether a `WindowSaver` takes the unsaved changes.
  var isOnDisk = false
  private var reading = Tally()
  /// The time of the last reading.
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

  /// Adds the difference to the last reading to the open windows, and closes those that are over.
  mutating func record(_ new: Tally, at now: ClockReading) {
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

  private func unsavedDelta(_ delta: Tally) -> UnsavedChanges.Delta {
    UnsavedChanges.Delta(
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

  /// Adds counts from disk.
  mutating func restore(_ delta: UnsavedChanges.Delta) {
    if minute.from != delta.minuteFrom || minute.stage != delta.stage {
      close(minute)
      minute = OpenWindow(.minute, stage: delta.stage, from: delta.minuteFrom, Tally())
    }
    if hour.from != delta.hourFrom || hour.stage != delta.stage {
      close(hour)
      hour = OpenWindow(.hour, stage: delta.stage, from: delta.hourFrom, Tally())
    }
    let nanoseconds = delta.minuteNanoseconds - min(delta.minuteNanoseconds, minute.nanoseconds)
    // A file may claim any length.
    minute.nanoseconds = minute.nanoseconds.addingClamped(nanoseconds)
    hour.nanoseconds = hour.nanoseconds.addingClamped(nanoseconds)
    count(delta.tally)
  }

  // MARK: Closing

  /// Closes the windows that are over at that time or belong to another stage.
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

  /// Closes the open second at the end of the process. The open minute and hour are saved as they grow.
  mutating func closeSecond(at wall: Int) {
    close(second)
    second = OpenWindow(.second, stage: second.stage, from: wall, LightTally())
  }

  private mutating func close(_ window: OpenWindow<LightTally>) {
    guard !window.content.isEmpty else { return }
    let closed = window.closed(window.content.encoded)
    seconds.append(closed)
    if isOnDisk { unsaved.add(closed, .second) }
  }

  private mutating func close(_ window: OpenWindow<Tally>) {
    guard !window.content.isEmpty else { return }
    let closed = window.closed(window.content.encoded)
    guard window.resolution == .minute else { return hours.append(closed) }
    minutes.append(closed)
    lightMinutes.append(window.closed(LightTally(window.content).encoded))
  }

  mutating func add(othersMinute window: ClosedWindow) {
    othersMinutes.append(window)
    if isOnDisk { unsaved.add(window, .othersMinute) }
  }

  // MARK: Stages

  /// Begins a stage with another split.
  mutating func begin(_ stage: Stage) {
    let number = table.begin(stage)
    if isOnDisk { unsaved.add(stage, number: number) }
    roll(to: stage.from, stage: number)
  }

  /// Continues the stage of the last process: the split is the same.
  mutating func resume(at now: ClockReading) {
    guard let current = table.current else { return }
    readAt = now
    // Restored windows are over, even within the same minute.
    roll(to: now.wall, stage: 0)
    roll(to: now.wall, stage: current.number)
  }

  mutating func add(_ mark: Mark) {
    table.add(mark)
    if isOnDisk { unsaved.add(mark) }
  }

  // MARK: The disk

  mutating func takeUnsaved() -> UnsavedChanges {
    defer { unsaved = UnsavedChanges() }
    return unsaved
  }

  mutating func restore(_ window: ClosedWindow, of kind: RingKind) {
    switch kind {
    case .second: seconds.append(window)
    case .lightMinute: lightMinutes.append(window)
    case .minute: minutes.append(window)
    case .hour: hours.append(window)
    case .othersMinute: othersMinutes.append(window)
    }
  }

  mutating func restore(_ open: Record.Open) {
    var window = OpenWindow(open.resolution, stage: open.stage, from: open.from, open.tally)
    window.nanoseconds = open.nanoseconds
    if open.resolution == .hour { hour = window } else { minute = window }
  }

  func ring(_ kind: RingKind) -> Ring {
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
  /// At most half of the range, so that live counts fit on top.
  fileprivate func addingClamped(_ other: UInt64) -> UInt64 {
    let (sum, isOverflown) = addingReportingOverflow(other)
    return isOverflown ? .max / 2 : Swift.min(sum, .max / 2)
  }
}

/// The rings of a flag.
enum RingKind: UInt8, Sendable, CaseIterable {
  case second = 0
  case lightMinute = 1
  case minute = 2
  case hour = 3
  case othersMinute = 4
}

extension Tally {
  var isEmpty: Bool { legacy.isEmpty && unified.isEmpty }

  /// Whether two readings of the same counters have no counts between them.
  func isSame(as earlier: Tally) -> Bool {
    legacy.isSame(as: earlier.legacy) && unified.isSame(as: earlier.unified) && users.limit == earlier.users.limit
      && users.hashes.map(\.count) == earlier.users.hashes.map(\.count)
  }
}

extension CohortTally {
  fileprivate var isEmpty: Bool { requests == 0 }

  /// Each request adds to a cluster or to the requests left out.
  fileprivate func isSame(as earlier: CohortTally) -> Bool {
    leftOut == earlier.leftOut && leftOutErrors == earlier.leftOutErrors && clusters == earlier.clusters
      && durations.sumNanoseconds == earlier.durations.sumNanoseconds
  }

  /// The counts since an earlier reading.
  func since(_ earlier: CohortTally) -> CohortTally {
    var difference = self
    difference.clusters.subtract(earlier.clusters)
    difference.durations.subtract(earlier.durations)
    difference.leftOut -= min(leftOut, earlier.leftOut)
    difference.leftOutErrors -= min(leftOutErrors, earlier.leftOutErrors)
    return difference
  }
}

extension UserSample {
  /// The users that `known` lacks, under this limit; merging with `known` restores this sample.
  func without(_ known: UserSample) -> UserSample {
    var rest = UserSample(capacity: capacity, limit: limit)
    for cohort in hashes.indices {
      for hash in hashes[cohort] where !known.hashes[cohort].contains(hash) { rest.insert(hash: hash, cohort: cohort) }
    }
    return rest
  }
}
