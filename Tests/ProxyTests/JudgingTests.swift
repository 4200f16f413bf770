import CohortMetrics
import Concurrency
import Flags
import Proxy
import Statistics
import TestSupport
import Testing

/// A real worker, whose upstreams do not exist: each request is answered with 503, and takes its time.
@Suite struct JudgingTests {
  private static let flag = "UNIFIED_CONVERSATION_ENABLED"

  /// What was counted of three requests of a user in legacy.
  private func clusters(slow: UInt64, slowest: UInt64) throws -> ClusterTable {
    var settings = ProxySettings()
    settings.listen = [Endpoint(host: "127.0.0.1", port: 0)]
    settings.legacy.servers = [Endpoint(host: "127.0.0.1", port: 1)]
    settings.unified = settings.legacy
    settings.routes = [RouteSettings(path: "/", target: .flag(Self.flag))]
    let flags = Published(FlagSnapshot(generation: 1, flags: [Flag(name: Self.flag, percentage: .zero)]))
    let proxy = try Proxy(settings, flags: flags)
    let metrics = CohortMetrics(layout: proxy.layout, lanes: proxy.lanes, workerSettings: proxy.workerSettings)
    metrics.setLatencyThresholds(flag: 0, slow: slow, slowest: slowest)
    try proxy.start()
    for _ in 0..<3 {
      let client = try WireClient(port: proxy.addresses[0].port)
      client.send("GET / HTTP/1.1\r\nHost: t\r\nX-User-Id: 42\r\nConnection: close\r\n\r\n")
      #expect(try client.response().status == 503)
    }
    proxy.drain()
    proxy.join()
    return metrics.tallies()[0].legacy.clusters
  }

  @Test(
    "A request is slow beyond the first reference, one of the slowest beyond the second, judged only where there is one",
    arguments: [
      (0, 0, [0, 0, 0]), (1, 1, [3, 3, 3]), (1, .max, [3, 3, 0]), (.max, .max, [3, 0, 0]),
    ] as [(UInt64, UInt64, [UInt64])])
  func judged(slow: UInt64, slowest: UInt64, counts: [UInt64]) throws {
    let clusters = try clusters(slow: slow, slowest: slowest)
    #expect(clusters.total(.requests) == 3)
    #expect([ClusterCounter.judged, .slow, .slowest].map(clusters.total) == counts)
  }
}
