internal import Bytes
internal import Concurrency
internal import Reactor

/// The thread that writes the access log. It looks into the rings every 50 ms, and at once when one is half full.
///
///     rings ── fill ──> lines in memory ── flush ──> output
///
/// While the output takes nothing, the lines stay, nothing more is taken from the rings, and a failed write is repeated each
/// second. A line is written whole and once, also over a write that took a part of it.
struct AccessLogWriter: ~Copyable {
  private let path: String?
  private var output: LineOutput
  private let rings: [ByteRing]
  private var readers: Slab<ByteRing.Reader>
  private var formatter: AccessFormatter
  private let state: AccessLogState
  private let report: @Sendable (AccessLogEvent) -> Void

  /// How many of the formatter's bytes are written, and how many lines these are.
  private var writtenBytes = 0
  private var heldLines = 0
  /// The ring that is read first, another one each time.
  private var firstReader = 0
  private var isFailing = false
  /// Nothing is written before then.
  private var writesAgainAt: UInt64 = 0
  private var seenReopenings: UInt64 = 0
  /// When a file that could not be opened anew is tried again; nil: it was opened.
  private var reopensAgainAt: UInt64?
  private var reportedDrops: UInt64 = 0
  private var reportsDropsAt: UInt64 = 0

  private static var pauseMilliseconds: Int32 { 50 }
  private static var retryNanoseconds: UInt64 { 1_000_000_000 }
  private static var dropReportNanoseconds: UInt64 { 10_000_000_000 }

  init(
    _ settings: ProxySettings, _ rings: [ByteRing], _ output: consuming LineOutput, _ hash: SipHash?,
    _ state: AccessLogState, _ report: @escaping @Sendable (AccessLogEvent) -> Void
  ) {
    path = if case .file(let path) = settings.accessLog.destination { path } else { nil }
    self.output = output
    self.rings = rings
    readers = Slab(capacity: rings.count) { rings[$0].reader }
    formatter = AccessFormatter(settings, hash: hash)
    self.state = state
    self.report = report
  }

  /// Writes until the end is ordered and all is written, or the time for that is up.
  mutating func run() {
    while true {
      // Asked before the rings are read: what stood in them when the end was ordered is found there.
      let deadline = state.endsBy
      obeyReopening()
      let isEmptied = fill()
      let isFlushed = flush()
      reportDrops()
      if let deadline, isEmptied && isFlushed || MonotonicClock.now() >= deadline { break }
      if isFlushed && !isEmptied { continue }
      pause(isBlocked: !isFlushed && !isFailing)
    }
    reportEnd()
    state.finished.wake()
  }

  private func pause(isBlocked: Bool) {
    guard isBlocked else { return _ = state.wakeup.wait(milliseconds: Self.pauseMilliseconds) }
    output.waitWritable(orWoken: state.wakeup, milliseconds: Self.pauseMilliseconds)
    state.wakeup.clear()
  }

  // MARK: Records to lines

  /// Makes lines of what is in the rings, as far as there is room. False when something was left there.
  private mutating func fill() -> Bool {
    // What is written in part cannot grow: its beginning is still in the way.
    guard writtenBytes == 0 else { return false }
    formatter.clock.offset = WallClock.now() &- MonotonicClock.now()
    firstReader = firstReader &+ 1 < readers.count ? firstReader &+ 1 : 0
    for step in 0..<readers.count {
      let index = (firstReader &+ step) % readers.count
      heldLines &+= formatter.fill(from: &readers[index])
    }
    return formatter.hasRoom
  }

  // MARK: Lines to the output

  /// Whether nothing is left to be written.
  private mutating func flush() -> Bool {
    guard MonotonicClock.now() >= writesAgainAt else { return formatter.lines.count == 0 }
    guard write(upTo: formatter.lines.count) else { return false }
    state.count(lines: heldLines)
    heldLines = 0
    writtenBytes = 0
    formatter.lines.removeAll()
    return true
  }

  private mutating func write(upTo end: Int) -> Bool {
    while writtenBytes < end {
      switch output.write(formatter.lines.bytes.extracting(from: writtenBytes, to: end)) {
      case .moved(0), .wouldBlock: return false
      case .moved(let count):
        writtenBytes &+= count
        if isFailing { report(.recovered) }
        isFailing = false
      case .ended, .failed:
        fail(.last(path ?? "standard output"))
        return false
      }
    }
    return true
  }

  private mutating func fail(_ error: SystemError) {
    state.countError()
    if !isFailing { report(.failed(error)) }
    isFailing = true
    writesAgainAt = MonotonicClock.now() &+ Self.retryNanoseconds
  }

  // MARK: Opening anew

  private mutating func obeyReopening() {
    guard let path else { return }
    let ordered = state.orderedReopenings
    let isDue = reopensAgainAt.map { MonotonicClock.now() >= $0 } ?? false
    guard ordered != seenReopenings || isDue else { return }
    seenReopenings = ordered
    do throws(SystemError) {
      use(try LineOutput(appendingTo: path))
      reopensAgainAt = nil
      report(.reopened(path))
    } catch {
      state.countError()
      if reopensAgainAt == nil { report(.notReopened(error)) }
      reopensAgainAt = MonotonicClock.now() &+ Self.retryNanoseconds
    }
  }

  /// A line whose beginning the old output has is finished there, or left as it is.
  private mutating func use(_ fresh: consuming LineOutput) {
    var needsLineEnd = false
    if writtenBytes > 0 {
      let end = endOfLine(from: writtenBytes - 1)
      if !write(upTo: end) {
        needsLineEnd = fresh.isSame(as: output)
        writtenBytes = end
      }
    }
    output = fresh
    writesAgainAt = 0
    if needsLineEnd {
      var text = ByteWriter(capacity: 1)
      text.append("\n")
      _ = output.write(text.bytes)
    }
  }

  /// Behind the line feed of the line that the byte at `index` is in.
  private func endOfLine(from index: Int) -> Int {
    let bytes = formatter.lines.bytes
    var end = index
    while end < bytes.byteCount, bytes[end] != ASCII.lineFeed { end &+= 1 }
    return min(end + 1, bytes.byteCount)
  }

  // MARK: What is lost

  private mutating func reportDrops() {
    let dropped = rings.reduce(0 as UInt64) { $0 &+ $1.refusedCount }
    guard dropped != reportedDrops, MonotonicClock.now() >= reportsDropsAt else { return }
    report(.dropped(dropped &- reportedDrops))
    reportedDrops = dropped
    reportsDropsAt = MonotonicClock.now() &+ Self.dropReportNanoseconds
  }

  private mutating func reportEnd() {
    reportsDropsAt = 0
    reportDrops()
    var lost = heldLines
    for index in 0..<readers.count { while readers[index].read({ _ in }) { lost += 1 } }
    if lost > 0 { report(.abandoned(lines: lost)) }
  }
}
