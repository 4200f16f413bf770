package import Bytes
internal import Concurrency
package import Reactor
internal import Synchronization

/// The access log: a ring for each worker, and a thread that makes lines of what is in them and writes these.
///
///     worker-0 ── ring ──┐
///     worker-1 ── ring ──┴── thread "access-log": records to lines, many lines to one write ── file, FIFO, standard output
///
/// Workers never wait for it. When the file takes no more, the rings fill up, and what does not fit is dropped and counted.
package final class AccessLog: Sendable {
  private let settings: AccessLogSettings
  private let rings: [ByteRing]
  private let state: AccessLogState
  private let writer: Mutex<AccessLogWriter?>
  private let thread = Mutex<WorkerThread?>(nil)

  /// Opens the file, so that a wrong path is known before anything starts. Nil where the settings ask for no log. `hash` is
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

  /// The end for that worker, which this has to outlive.
  func tap(_ worker: Int, clients: Int) -> AccessTap {
    AccessTap(settings, ring: rings[worker], wakeup: state.wakeup, clients: clients)
  }

  /// Begins to write. Once.
  package func start() throws(SystemError) {
    let started = try WorkerThread(name: "access-log") { [self] in
      guard var writer = writer.withLock({ $0.take() }) else { return }
      writer.run()
    }
    thread.withLock { $0 = started }
  }

  /// Has the file opened anew by its path: somebody has moved it away.
  package func reopen() { state.orderReopening() }

  /// After the workers have ended: writes what is left, for at most so long.
  package func close(withinMilliseconds milliseconds: Int32) {
    state.orderEnd(by: MonotonicClock.now() &+ UInt64(milliseconds) &* 1_000_000)
    // A disk that does not answer may hold the thread for ever; it ends with the process.
    guard state.finished.wait(milliseconds: milliseconds + 200) else { return }
    thread.withLock { $0 }?.join()
  }

  /// Whether it goes to a file, which may be moved away.
  package var isFile: Bool { if case .file = settings.destination { true } else { false } }

  package var writtenLines: UInt64 { state.lineCount }
  package var droppedLines: UInt64 { rings.reduce(0) { $0 &+ $1.refusedCount } }
  package var writeErrors: UInt64 { state.errorCount }
}
