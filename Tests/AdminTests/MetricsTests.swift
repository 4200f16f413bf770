import FlagStore
import Flags
import Synchronization
import Testing
import WireClient

@Suite struct MetricsTests {
  @Test("Metrics are Prometheus text of version 0.0.4, with the counters of the workers and the state of the flags")
  func metrics() throws {
    let fixture = try Fixture()
    fixture.serve(3, nanoseconds: 1_000_000, .unified)
    fixture.source.status.withLock { $0.isValid = false }
    let answer = try fixture.ask("GET /metrics")
    #expect(answer.status == 200 && answer["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
    let lines = Set(answer.text.split(separator: "\n").map(String.init))
    let labels = "flag=\"\(Fixture.flagName)\""
    #expect(lines.contains("turnout_requests_total{\(labels),cohort=\"unified\",status=\"2xx\"} 3"))
    #expect(lines.contains("turnout_request_duration_seconds_count{\(labels),cohort=\"unified\"} 3"))
    #expect(lines.contains("turnout_flag_percentage{\(labels)} 12.5"))
    #expect(lines.contains("turnout_flag_revision{\(labels)} 7"))
    #expect(lines.contains("turnout_flag_generation 3"))
    #expect(lines.contains("turnout_flag_source_valid 0"))
    #expect(lines.contains("turnout_info{version=\"1.2.3\"} 1"))
    #expect(lines.contains("turnout_draining 0"))
  }

  @Test("No family is there twice")
  func families() throws {
    let types = try Fixture().ask("GET /metrics").text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }
    #expect(types.count > 10 && Set(types).count == types.count)
  }
}
