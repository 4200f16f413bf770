package import Bytes
internal import Concurrency
package import Reactor
internal import Synchronization

/// The access log: a ring for each worker, and a thread that turns the records in them into lines and writes these.
///
///     worker-0 ── ring ──┐
///     worker-1 ── ring ──┴── thread "access-log": records to lines, many lines to one write ── file, FIFO, standard output
///
/// Workers never wait for it. When the file takes no more bytes, the rings fill up, and further records are dropped and
/// counted.
package final class AccessLog: Sendable {
  private let settings: AccessLogSettings
  private let rings: [ByteRing]
  private let state: AccessLogState
  private let writer: Mutex<AccessLogWriter?>
  private let thread = Mutex<WorkerThread?>(nil)

  /// Opens the file, so that a wrong path shows before anything starts. Nil when the settings ask for no log. `hash` is
  /// for user keys, where those are hashed. `report` is called on the log's own thread.
  package static func open(
    _ settings: ProxySettings, hash: SipHash?, report: @escaping @Sendable (AccessLogEvent) -> Void
  ) throws(SystemError) -> AccessLog? {
    let output: LineOutput
    switch settings.accessLog.destination {
    case .none: return nil
    case .standardOutput: output = .standardOutput()
    case .file(let path): output = try LineOutput(appendingTo: path)
    }
    let rings = (0..<settings.workers).map { _ in ByteRing(capacity: settings.accessLog.bufferBytes) }
    let state = try AccessLogState()
    let writer = AccessLogWriter(settings, rings, output, hash, state, report)
    return AccessLog(settings.accessLog, rings, state, writer)
  }

  private init(
    _ settings: AccessLogSettings, _ rings: [ByteRing], _ state: AccessLogState,
    _ writer: consuming sending AccessLogWriter
  ) {
    self.settings = settings
    self.rings = rings
    self.state = state
    self.writer = Mutex(writer)
  }

  /// The worker's end of the log.
  func tap(_ worker: Int, clients: Int) -> AccessTap {
    AccessTap(settings, ring: rings[worker], wakeup: state.wakeup, clients: clients)
  }

  /// Starts the thread. Call it once.
  package func start() throws(SystemError) {
    let started = try WorkerThread(name: "access-log") { [self] in
      guard var writer = writer.withLock({ $0.take() }) else { return }
      writer.run()
    }
    thread.withLock { $0 = started }
  }

  /// Opens the file again by its path, after a rotation has renamed it.
  package func reopen() { state.orderReopening() }

  /// Writes what is left, for at most so long. Call it after the workers have ended.
  package func close(withinMilliseconds milliseconds: Int32) {
    state.orderEnd(by: MonotonicClock.now() &+ UInt64(milliseconds) &* 1_000_000)
    // A disk that does not respond may hold the thread for ever; it ends with the process.
    guard state.finished.wait(milliseconds: milliseconds + 200) else { return }
    thread.withLock { $0 }?.join()
  }

  /// Whether it goes to a file, which a rotation may rename.
  package var isFile: Bool { if case .file = settings.destination { true } else { false } }

  package var writtenLines: UInt64 { state.lineCount }
  package var droppedLines: UInt64 { rings.reduce(0) { $0 &+ $1.refusedCount } }
  package var writeErrors: UInt64 { state.errorCount }
}

/// A change in the state of the access log, for the event log: once for each change, however many lines it concerns.
package enum AccessLogEvent: Sendable, Equatable, CustomStringConvertible {
  case failed(SystemError)
  case recovered
  case reopened(String)
  /// The lines go to the old file, and opening is repeated.
  case notReopened(SystemError)
  /// Lines since the last report.
  case dropped(UInt64)
  /// Lines that were not written before the end.
  case abandoned(lines: Int)

  package var isGood: Bool {
    switch self {
    case .recovered, .reopened: true
    case .failed, .notReopened, .dropped, .abandoned: false
    }
  }

  package var description: String {
    switch self {
    case .failed(let error): "the access log cannot be written: \(error); tried again each second"
    case .recovered: "the access log is written again"
    case .reopened(let path): "the access log was opened anew: \(path)"
    case .notReopened(let error):
      "the access log cannot be opened anew: \(error); it goes where it went before, and is tried again each second"
    case .dropped(let count):
      "\(count) lines of the access log were dropped: they are not taken as fast as requests come"
    case .abandoned(let lines): "the access log was not taken in time: its last \(lines) lines are lost"
    }
  }
}

/// Orders to the access log's thread and its counters.
final class AccessLogState: Sendable {
  /// Signals an order or a ring that fills up.
  let wakeup: Wakeup
  /// Signals that the last line is written or given up.
  let finished: Wakeup
  private let reopenings = Atomic<UInt64>(0)
  /// Nanoseconds of the monotonic clock; 0: not ordered.
  private let deadline = Atomic<UInt64>(0)
  private let lines = Atomic<UInt64>(0)
  private let errors = Atomic<UInt64>(0)

  init() throws(SystemError) {
    wakeup = try Wakeup()
    finished = try Wakeup()
  }

  func orderReopening() {
    reopenings.wrappingAdd(1, ordering: .releasing)
    wakeup.wake()
  }

  func orderEnd(by moment: UInt64) {
    deadline.store(max(1, moment), ordering: .releasing)
    wakeup.wake()
  }

  /// How often opening again was ordered.
  var orderedReopenings: UInt64 { reopenings.load(ordering: .acquiring) }
  /// Nil until the end is ordered.
  var endsBy: UInt64? {
    let moment = deadline.load(ordering: .acquiring)
    return moment == 0 ? nil : moment
  }

  func count(lines count: Int) { lines.wrappingAdd(UInt64(count), ordering: .relaxed) }
  func countError() { errors.wrappingAdd(1, ordering: .relaxed) }

  var lineCount: UInt64 { lines.load(ordering: .relaxed) }
  var errorCount: UInt64 { errors.load(ordering: .relaxed) }
}
