package import CohortMetrics
package import FlagStore
package import Logging
package import Reactor
internal import Synchronization

/// What the cohorts did over time: counted by the second, minute and hour, saved on disk, shared with the fleet.
///
///     lanes --> WindowRecorder --> LockedWindows <-- FleetExchange <--> Redis
///                                    |      |
///     state folder <-- WindowSaver <-+      +-> totals, chart (admin port)
///
/// Three threads, each of which waits for one thing only: the clock, the disk, Redis. Queries read memory.
package final class CohortWindows: Sendable {
  /// The id of this proxy in the fleet; the same after a restart.
  package let proxy: String
  let windows: LockedWindows
  let recorder: WindowRecorder
  private let saver: WindowSaver?
  private let exchange: FleetExchange?
  /// Whether the state folder could not be used.
  private let isFolderBroken: Bool

  /// - Parameters:
  ///   - names: of the flags.
  ///   - folder: where windows are saved; created if missing. Nil: they end with the process.
  ///   - fleet: the Redis that keeps the flags, to share windows through; nil without one.
  package init(
    names: [String], sources: WindowSources, folder: String?, fleet: RedisFlagLocation?, logger: Logger
  ) throws(SystemError) {
    var local = LocalWindows(names: names, at: .now())
    if let folder, let opened = Self.open(folder, into: &local, logger) {
      proxy = opened.proxy
      windows = LockedWindows(local)
      saver = WindowSaver(opened.files, windows, logger: logger)
    } else {
      proxy = WindowFiles.newIdentity()
      windows = LockedWindows(local)
      saver = nil
    }
    isFolderBroken = folder != nil && saver == nil
    recorder = WindowRecorder(windows, sources)
    exchange = if let fleet { FleetExchange(fleet, proxy: proxy, windows, logger: logger) } else { nil }
  }

  /// Begins to count, with the flags in force now.
  package func start(_ status: FlagSourceStatus) throws(SystemError) {
    recorder.publish(status)
    recorder.turn(at: .now())
    recorder.renewThresholds(at: .now())
    windows.with { $0.isFleet = exchange != nil }
    try recorder.start()
    try saver?.start()
    try exchange?.start()
  }

  /// The flags in force have changed. It does not block.
  package func publish(_ status: FlagSourceStatus) { recorder.publish(status) }

  /// Counts, saves and publishes the rest.
  package func stop() {
    recorder.stop()
    saver?.stop()
    exchange?.stop()
  }

  /// The files and this proxy's id; nil, with a line in the log, when the folder cannot be used.
  private static func open(_ folder: String, into local: inout LocalWindows, _ logger: Logger) -> Opened? {
    do throws(WindowFilesError) {
      var files = try WindowFiles(folder: folder, logger: logger)
      let proxy = files.identity()
      local.restore(files.load())
      for index in local.flags.indices { local.flags[index].isOnDisk = true }
      return Opened(files: files, proxy: proxy)
    } catch {
      logger.error("\(error); windows are lost at the next restart")
      return nil
    }
  }

  private struct Opened: ~Copyable {
    var files: WindowFiles
    var proxy: String
  }

  // MARK: Queries

  /// The counts for a comparison. Without a name, of the first flag; nil when there is no such flag.
  package func totals(flag name: String?, _ scope: Scope, now: ClockReading = .now()) -> PeriodTotals? {
    guard let index = windows.with({ $0.index(of: name) }) else { return nil }
    let query = windows.with { WindowQuery($0.local, $0.fleet, flag: index, scope, now: now.wall) }
    var totals = query?.totals()
    totals?.thresholds = recorder.thresholds(flag: index)
    return totals
  }

  /// Windows for a chart: of a second, of this proxy, or of a minute, of the fleet. Nil when there is no such flag.
  package func chart(flag name: String?, bySeconds: Bool, from: Int) -> ChartWindows? {
    let query = windows.with { content -> ChartQuery? in
      guard let index = content.index(of: name) else { return nil }
      return ChartQuery(content, flag: index, bySeconds: bySeconds, from: from)
    }
    return query?.windows()
  }

  package var families: [MetricFamily] {
    let (bytes, unreadable) = windows.with { ($0.local.byteCount + $0.fleet.byteCount, $0.fleet.unreadable) }
    let errors = [("disk", (saver?.errorCount ?? 0) + (isFolderBroken ? 1 : 0)), ("fleet", exchange?.errorCount ?? 0)]
    return [
      MetricFamily(
        "turnout_windows_bytes", .gauge, help: "Memory of closed windows.", value: .integer(UInt64(bytes))),
      MetricFamily(
        "turnout_window_write_errors_total", .counter,
        help: "Failed writes of windows, to the state folder or to the fleet's store.",
        samples: errors.map { MetricSample(.integer($1), labels: [MetricLabel("place", $0)]) }),
      MetricFamily(
        "turnout_window_unreadable_total", .counter,
        help: "Windows of other proxies that could not be decoded or exceeded a limit.", value: .integer(unreadable)),
    ]
  }
}

/// The windows of this proxy and of the fleet, under one lock. It is held for an addition or a copy, never while something
/// is encoded for network or disk, decoded or waited for.
final class LockedWindows: Sendable {
  struct Content: Sendable {
    var local: LocalWindows
    var fleet: FleetWindows
    var isFleet = false

    func index(of name: String?) -> Int? {
      guard let name else { return local.flags.isEmpty ? nil : 0 }
      return local.index(of: name)
    }
  }

  private let content: Mutex<Content>

  init(_ local: LocalWindows) {
    content = Mutex(Content(local: local, fleet: FleetWindows(flagCount: local.flags.count)))
  }

  func with<Result: Sendable>(_ body: (inout Content) -> Result) -> Result {
    content.withLock { content in body(&content) }
  }
}
