import Admin
import CohortMetrics
import Concurrency
import FlagStore
import Flags
import Foundation
import Logging
import Statistics
import Synchronization
import TestSupport

/// An admin server with a flag file, a watcher and counters, as `turnout serve` has them, and with a comparison that
/// finds harm.
final class Scene {
  static let flag = "UNIFIED_CONVERSATION_ENABLED"
  private static let names = [flag, "ASSISTANT_CONVERSATION_ENABLED"]

  let server: AdminServer
  let measured = FakeHistory(flag: Scene.flag)
  let token = String(repeating: "t", count: 40)
  let folder: TemporaryFolder
  private let watcher: FlagWatcher
  private let store: StoreJobQueue

  /// Lets the publisher find the server, which starts later.
  private final class ServerReference: Sendable {
    let server = Mutex<AdminServer?>(nil)
  }

  init() throws {
    folder = try TemporaryFolder()
    let file = FlagFile(folder.file("flags.json"))
    let flags = #"""
      { "UNIFIED_CONVERSATION_ENABLED": { "percentage": 10, "revision": 3, "updated_by": "anna", "reason": "a quiet day",
          "updated_at": "2026-11-20T09:30:00Z" }, "ASSISTANT_CONVERSATION_ENABLED": 0 }
      """#
    try folder.write(flags, to: "flags.json")
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let (published, reference) = (Published(FlagSnapshot(generation: 0, flags: [])), ServerReference())
    let inForce = FlagsInForce(
      names: Self.names, place: "flags.json", policy: .hold, stateFile: StateFile(folder.file("last-good")),
      publish: { snapshot in
        published.publish(snapshot)
        reference.server.withLock { $0 }?.flagsChanged()
      }, logger: logger)
    watcher = FlagWatcher(file, into: inForce, logger: logger)
    try watcher.begin()
    store = try StoreJobQueue(file)
    let layout = LaneLayout(flags: Self.names, localResponses: [])
    var view = AdminView(
      process: ProcessFacts(version: "1.2.3", processID: 4711, workers: 2, listen: ["127.0.0.1:8080"]),
      metrics: CohortMetrics(
        layout: layout, lanes: [CounterLane(count: layout.wordCount)],
        workerSettings: CounterLane(count: WorkerSettingIndices.count(flagCount: Self.names.count))), flags: published,
      flagSource: { inForce.status() }, isDraining: { false })
    (view.store, view.inForce, view.history) = (store, inForce, measured.view)
    var settings = AdminSettings()
    settings.token = AdminToken(token)
    server = try AdminServer.start(host: "127.0.0.1", port: 0, view: view, settings: settings)
    let server = server
    reference.server.withLock { $0 = server }
    watcher.start { FleetMember(id: "1", name: "test", version: "1.2.3", pid: 1, admin: "127.0.0.1:0") }
  }

  deinit {
    watcher.stop()
    server.stop()
    server.join()
    store.stop()
    store.join()
  }

  var url: String { "http://127.0.0.1:\(server.port)/" }
}
