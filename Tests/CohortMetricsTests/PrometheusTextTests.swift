import CohortMetrics
import Flags
import Statistics
import Testing

@Suite struct PrometheusTextTests {
  private func exposition(_ workers: Workers, extra: [MetricFamily] = []) throws -> Exposition {
    try Exposition(workers.metrics.prometheusText(workers.metrics.totals(), extra: extra))
  }

  @Test("Before the first request every series of both cohorts is there, with 0")
  func zeroSeries() throws {
    let text = try exposition(Workers())
    for flag in ["UNIFIED_CONVERSATION_ENABLED", "none"] {
      for cohort in ["legacy", "unified"] {
        let labels = ["flag": flag, "cohort": cohort]
        #expect(text["turnout_requests_in_flight", labels] == 0)
        #expect(text["turnout_time_to_first_byte_seconds_count", labels] == 0)
        for status in ["2xx", "3xx", "4xx", "5xx", "other"] {
          #expect(text["turnout_requests_total", labels.merging(["status": status]) { $1 }] == 0)
        }
        for reason in ["connect", "timeout", "reset", "bad_answer", "5xx"] {
          #expect(text["turnout_upstream_errors_total", labels.merging(["reason": reason]) { $1 }] == 0)
        }
      }
    }
    #expect(text["turnout_local_responses_total", ["status": "503", "reason": "queue_full"]] == 0)
    #expect(text["turnout_own_answers_total", ["status": "503", "reason": "queue_full"]] == 0)
    #expect(text.values.values.allSatisfy { $0 == 0 })
  }

  @Test("There are 69 series for each flag and cohort, two for each local response and nine for the process")
  func bounded() throws {
    let text = try exposition(Workers(flags: ["A", "B", "C"]))
    #expect(text.values.count == 4 * 2 * 69 + 2 * 3 + 9)
  }

  @Test(
    "Each counter of a cohort has its series",
    arguments: [
      (.status2xx, "turnout_requests_total", ["status": "2xx"]),
      (.status3xx, "turnout_requests_total", ["status": "3xx"]),
      (.status4xx, "turnout_requests_total", ["status": "4xx"]),
      (.status5xx, "turnout_requests_total", ["status": "5xx"]),
      (.statusOther, "turnout_requests_total", ["status": "other"]),
      (.errorConnect, "turnout_upstream_errors_total", ["reason": "connect"]),
      (.errorTimeout, "turnout_upstream_errors_total", ["reason": "timeout"]),
      (.errorReset, "turnout_upstream_errors_total", ["reason": "reset"]),
      (.errorBadResponse, "turnout_upstream_errors_total", ["reason": "bad_answer"]),
      (.error5xx, "turnout_upstream_errors_total", ["reason": "5xx"]),
      (.retries, "turnout_retries_total", [:]), (.anonymous, "turnout_anonymous_requests_total", [:]),
      (.bytesIn, "turnout_request_bytes_total", [:]), (.bytesOut, "turnout_response_bytes_total", [:]),
      (.started, "turnout_requests_in_flight", [:]), (.errors, "turnout_errors_total", [:]),
      (.created, "turnout_conversations_created_total", [:]),
      (.contextErrors, "turnout_context_load_errors_total", [:]),
      (.leftOut, "turnout_left_out_requests_total", [:]),
    ] as [(CohortCounter, String, [String: String])])
  func cohortSeries(counter: CohortCounter, name: String, labels: [String: String]) throws {
    let workers = Workers(flags: ["A"])
    workers.add(7, counter, .unified)
    let text = try exposition(workers)
    #expect(text[name, labels.merging(["flag": "A", "cohort": "unified"]) { $1 }] == 7)
    #expect(text.values.values.count { $0 != 0 } == 1)
  }

  @Test("Durations come out in seconds, in the bucket of their bound and all above, and in the sum")
  func histograms() throws {
    let workers = Workers(flags: ["A"])
    workers.serve(firstByte: 150_000_000, total: 2_000_000_000, .legacy, worker: 0)
    workers.serve(firstByte: 700_000, total: 70_000_000_000, .legacy, worker: 1)
    let text = try exposition(workers)
    let labels = ["flag": "A", "cohort": "legacy"]
    func firstByte(_ bound: String) -> Double? {
      text["turnout_time_to_first_byte_seconds_bucket", labels.merging(["le": bound]) { $1 }]
    }
    #expect(["0.0005", "0.001", "0.1", "0.2", "60", "+Inf"].map(firstByte) == [0, 1, 1, 2, 2, 2])
    #expect(text["turnout_time_to_first_byte_seconds_sum", labels] == 0.1507)
    #expect(text["turnout_request_duration_seconds_sum", labels] == 72)
    #expect(text["turnout_request_duration_seconds_bucket", labels.merging(["le": "60"]) { $1 }] == 1)
    #expect(text["turnout_request_duration_seconds_count", labels] == 2)
  }

  @Test("What the process counts has its series, and open connections are a gauge")
  func process() throws {
    let workers = Workers()
    workers.add(9, .connectionsAccepted)
    workers.add(4, .connectionsClosed, worker: 0)
    workers.add(2, .queued, worker: 1)
    let text = try exposition(workers)
    #expect(text["turnout_client_connections_open", [:]] == 5)
    #expect(text["turnout_client_connections_total", [:]] == 9)
    #expect(text["turnout_requests_queued_total", [:]] == 2)
    #expect(text.kinds["turnout_client_connections_open"] == "gauge")
    #expect(text.kinds["turnout_client_connections_total"] == "counter")
    #expect(text.kinds["turnout_request_duration_seconds"] == "histogram")
  }

  @Test("What the control plane knows follows, of each flag and of the process")
  func controlReading() throws {
    var reading = ControlReading(version: "1.2.3", startTimeSeconds: 1_700_000_000.25)
    reading.flags = [
      .init(name: "A", isEnabled: true, percentage: 12.345, revision: 7),
      .init(name: "B", isEnabled: false, percentage: 100, revision: 1),
    ]
    reading.generation = 42
    reading.sourceIsValid = false
    reading.rejectedChanges = 3
    reading.staleSeconds = 12
    reading.isKilledLocally = true
    (reading.sourceIsAway, reading.isSourceLost, reading.reloads, reading.workers) = (true, true, 9, 4)
    let text = try exposition(Workers(flags: ["A", "B"]), extra: reading.families)
    #expect(text["turnout_flag_percentage", ["flag": "A"]] == 12.345)
    #expect(text["turnout_flag_enabled", ["flag": "B"]] == 0)
    #expect(text["turnout_flag_revision", ["flag": "A"]] == 7)
    #expect(text["turnout_flag_generation", [:]] == 42)
    #expect(text["turnout_flag_source_valid", [:]] == 0)
    #expect(text["turnout_flag_rejected_changes_total", [:]] == 3)
    #expect(text["turnout_flag_source_stale_seconds", [:]] == 12)
    #expect(text["turnout_local_kill", [:]] == 1)
    #expect(text["turnout_build_info", ["version": "1.2.3"]] == 1)
    #expect(text["turnout_flag_source_away", [:]] == 1)
    #expect(text["turnout_flag_source_lost", [:]] == 1)
    #expect(text["turnout_flag_reloads_total", [:]] == 9)
    #expect(text["turnout_workers", [:]] == 4)
    #expect(text["turnout_draining", [:]] == 0)
    #expect(text["process_start_time_seconds", [:]] == 1_700_000_000.25)
  }

  @Test("What the process uses has the names that Prometheus gives to it for any process")
  func usage() throws {
    var reading = ControlReading(version: "1", startTimeSeconds: 1)
    reading.usage = .init(
      cpuSeconds: 1.5, residentBytes: 2, virtualBytes: 3, openDescriptors: 4, maximumDescriptors: 5, threads: 6)
    let text = try exposition(Workers(), extra: reading.families)
    let names = [
      "cpu_seconds_total", "resident_memory_bytes", "virtual_memory_bytes", "open_fds", "max_fds", "threads",
    ]
    #expect(names.map { text["process_" + $0, [:]] } == [1.5, 2, 3, 4, 5, 6])
    reading.usage?.maximumDescriptors = nil
    #expect(try exposition(Workers(), extra: reading.families)["process_max_fds", [:]] == nil)
    reading.usage = nil
    let without = try exposition(Workers(), extra: reading.families)
    #expect(without["process_open_fds", [:]] == nil)
    #expect(without["process_start_time_seconds", [:]] == 1)
  }

  @Test("The memory of a Redis that says nothing of it is absent, and not 0")
  func redisMemory() throws {
    var reading = ControlReading(version: "1", startTimeSeconds: 1)
    #expect(try exposition(Workers(), extra: reading.families).kinds["turnout_redis_used_memory_bytes"] == nil)
    reading.redisUsedBytes = 1_000_000
    let unlimited = try exposition(Workers(), extra: reading.families)
    #expect(unlimited["turnout_redis_used_memory_bytes", [:]] == 1_000_000)
    #expect(unlimited.kinds["turnout_redis_max_memory_bytes"] == nil)
    reading.redisMaximumBytes = 4_000_000
    let limited = try exposition(Workers(), extra: reading.families)
    #expect(limited["turnout_redis_max_memory_bytes", [:]] == 4_000_000)
  }

  @Test(
    "Whatever a flag is called, its label comes back as it is",
    arguments: [
      #"quote " backslash \ brace } comma ,"#, "line\nfeed", #"ends with \"#, "\\n", "Grüße 🚦", "none", "", " ",
    ])
  func escaping(flag: String) throws {
    let text = try exposition(Workers(flags: [flag]))
    #expect(text["turnout_requests_in_flight", ["flag": flag, "cohort": "legacy"]] == 0)
  }

  @Test("Numbers that are none are written as Prometheus reads them, and help texts keep to their line")
  func strangeValues() throws {
    let family = MetricFamily(
      "x", .gauge, help: "One \\ and\nanother \"line\".",
      samples: [(Double.infinity, "a"), (-.infinity, "b"), (.nan, "c"), (1e-9, "d"), (-3.5e300, "e")].map {
        MetricSample(.decimal($0), labels: [MetricLabel("l", $1)])
      })
    let text = try exposition(Workers(), extra: [family])
    #expect(text["x", ["l": "a"]] == .infinity)
    #expect(text["x", ["l": "b"]] == -.infinity)
    #expect(text["x", ["l": "c"]]?.isNaN == true)
    #expect(text["x", ["l": "d"]] == 1e-9)
    #expect(text["x", ["l": "e"]] == -3.5e300)
    let lines = String(decoding: PrometheusText.encode([family]), as: UTF8.self).split(separator: "\n")
    #expect(lines.first == #"# HELP x One \\ and\nanother "line"."#)
  }
}
