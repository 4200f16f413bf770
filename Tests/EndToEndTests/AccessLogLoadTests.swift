import Foundation
import TestSupport
import Testing

@Suite("The access log under load loses nothing, or says how much, and harms nobody", .ownThread)
struct AccessLogLoadTests {
  private let nginx: Nginx

  init() throws { nginx = try Nginx("legacy") }

  private func proxy(_ log: String, workers: Int = 2, prepare: (TemporaryFolder) throws -> Void = { _ in }) throws
    -> ProxyProcess
  {
    let folder = try TemporaryFolder()
    let servers = "{ servers: [\"http://127.0.0.1:\(nginx.port)\"] }"
    try folder.write(
      """
      listen: 127.0.0.1:0
      admin: 127.0.0.1:0
      workers: \(workers)
      cohorts: { legacy: \(servers), unified: \(servers) }
      access_log: { \(log) }

      """, to: "turnout.yaml")
    try folder.write(#"{ "UNIFIED_CONVERSATION_ENABLED": 50 }"#, to: "flags.json")
    try prepare(folder)
    return try ProxyProcess(in: folder)
  }

  /// ab over 16 connections that are kept; it fails when a request does.
  private func load(_ proxy: ProxyProcess, requests: Int, during body: () throws -> Void = {}) throws {
    let log = "ab-\(UUID().uuidString)"
    let ab = try Program(
      "/usr/bin/ab",
      ["-q", "-k", "-n", "\(requests)", "-c", "16", "-H", "X-User-Id: alice", "http://127.0.0.1:\(proxy.port)/load"],
      in: proxy.folder.path, log: proxy.folder.file(log))
    try body()
    let status = ab.wait()
    let output = proxy.folder.text(log)
    guard status == .exited(0), output.contains(#/Failed requests: +0\n/#), !output.contains("Non-2xx") else {
      throw SetupError("ab: \(output)")
    }
  }

  @Test("20 000 requests are 20 000 lines, also over files that are moved away meanwhile")
  func count() throws {
    let proxy = try proxy("path: access.log, buffer: 16MiB")
    try load(proxy, requests: 20_000) {
      for number in 0..<5 {
        pause(.milliseconds(100))
        try FileManager.default.moveItem(
          atPath: proxy.folder.file("access.log"), toPath: proxy.folder.file("access.\(number)"))
        proxy.send(SIGHUP)
        eventually { FileManager.default.fileExists(atPath: proxy.folder.file("access.log")) }
      }
    }
    proxy.terminate()
    #expect(proxy.exitStatus() == .exited(0))
    let lines = try (0..<5).flatMap { try proxy.accessLog("access.\($0)") } + proxy.accessLog()
    #expect(lines.count == 20_000)
    #expect(Set(lines.map { $0["request_id"] }).count == 20_000)
    #expect(lines.allSatisfy { $0["target"] == "/load" && $0.number("status") == 200 })
  }

  @Test("A reader who stalls: the proxy serves on, what does not fit is dropped and counted")
  func stalledReader() throws {
    let proxy = try proxy("path: access.log, buffer: 64KiB") { folder in
      try #require(mkfifo(folder.file("access.log"), 0o600) == 0)
    }
    // 20 MB of lines, of which FIFO, buffer and rings take less than 1.
    try load(proxy, requests: 20_000)
    let dropped = try proxy.metric("turnout_access_log_dropped_total")
    #expect(dropped > 15_000)
    #expect(dropped < 20_000)
    #expect(eventually { proxy.log.contains("lines of the access log were dropped") })
    #expect(proxy.log.split(separator: "\n").count { $0.contains("were dropped") } < 5)
    #expect(try proxy.client().get().status == 200)
    proxy.terminate()
    #expect(proxy.exitStatus() == .exited(0))
  }

  @Test("A full disk: the proxy serves on, the event log says it once, the metrics count")
  func fullDisk() throws {
    let proxy = try proxy("path: /dev/full, buffer: 64KiB")
    try load(proxy, requests: 5_000)
    #expect(try proxy.metric("turnout_access_log_lines_total") == 0)
    #expect(try proxy.metric("turnout_access_log_write_errors_total") > 0)
    #expect(try proxy.metric("turnout_access_log_dropped_total") > 1_000)
    #expect(proxy.log.split(separator: "\n").count { $0.contains("No space left on device") } == 1)
    proxy.terminate()
    #expect(proxy.exitStatus() == .exited(0))
  }
}
