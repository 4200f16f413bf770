import FlagStore
import Flags
import Synchronization
import TestSupport
import Testing

@Suite struct MetricsTests {
  @Test("Metrics are Prometheus text of version 0.0.4, with the counters of the workers and the state of the flags")
  func metrics() throws {
    let fixture = try Fixture()
    fixture.serve(3, nanoseconds: 1_000_000, .unified)
    fixture.source.status.withLock { $0.isValid = false }
    let answer = try fixture.ask("GET /metrics")
    #expect(answer.status == 200)
    #expect(answer["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
    let lines = Set(answer.text.split(separator: "\n").map(String.init))
    let labels = "flag=\"\(Fixture.flagName)\""
    #expect(lines.contains("turnout_requests_total{\(labels),cohort=\"unified\",status=\"2xx\"} 3"))
    #expect(lines.contains("turnout_request_duration_seconds_count{\(labels),cohort=\"unified\"} 3"))
    #expect(lines.contains("turnout_flag_percentage{\(labels)} 12.5"))
    #expect(lines.contains("turnout_flag_revision{\(labels)} 7"))
    #expect(lines.contains("turnout_flag_generation 3"))
    #expect(lines.contains("turnout_flag_source_valid 0"))
    #expect(lines.contains("turnout_build_info{version=\"1.2.3\"} 1"))
    #expect(lines.contains("turnout_draining 0"))
  }

  @Test("The state of the store and of the process is there, each with what it is said to be")
  func control() throws {
    let fixture = try Fixture()
    fixture.source.status.withLock {
      ($0.isAway, $0.isStoreLost, $0.reloadCount, $0.rejectedCount) = (true, true, 4, 2)
      $0.memory = StoreMemory(usedBytes: 1_000, maximumBytes: 5_000)
    }
    let text = try fixture.ask("GET /metrics").text
    let lines = Dictionary(
      text.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap { line in
        line.lastIndex(of: " ").map { (String(line[..<$0]), Double(line[$0...].dropFirst())) }
      }
    ) { first, _ in first }
    for (name, value) in [
      ("turnout_flag_source_away", 1), ("turnout_flag_source_lost", 1), ("turnout_flag_reloads_total", 4),
      ("turnout_flag_rejected_changes_total", 2), ("turnout_workers", 2), ("turnout_redis_used_memory_bytes", 1_000),
      ("turnout_redis_max_memory_bytes", 5_000), ("process_start_time_seconds", 1_700_000_000),
    ] as [(String, Double)] {
      #expect(lines[name] == value, "\(name)")
    }
    // Of the process of the tests.
    for name in ["cpu_seconds_total", "resident_memory_bytes", "virtual_memory_bytes", "open_fds", "threads"] {
      #expect(try #require(lines["process_" + name] ?? nil) > 0, "\(name)")
    }
  }

  @Test("No family is there twice")
  func families() throws {
    let types = try Fixture().ask("GET /metrics").text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }
    #expect(types.count > 10)
    #expect(Set(types).count == types.count)
  }
}
