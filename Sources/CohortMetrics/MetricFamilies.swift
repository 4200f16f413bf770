internal import Flags
internal import Statistics

// The metrics of each flag and cohort. Every series exists from the start, with 0: one that appears with its first event
// hides that event from `rate()`. There are 69 for each flag and cohort, whatever the traffic.
extension MetricTotals {
  var cohortFamilies: [MetricFamily] {
    [
      requests, inFlight, errors, upstreamErrors, retries, created, contextErrors, anonymous, leftOut, bytesIn,
      bytesOut, firstByte, duration,
    ]
  }

  private var requests: MetricFamily {
    family(
      "turnout_requests_total", help: "Requests finished, by the class of the status sent to the client.",
      splitBy: "status",
      [
        ("2xx", .status2xx), ("3xx", .status3xx), ("4xx", .status4xx), ("5xx", .status5xx), ("other", .statusOther),
      ])
  }

  private var upstreamErrors: MetricFamily {
    family(
      "turnout_upstream_errors_total",
      help: "Failed attempts at the cohort's servers, by reason, retried ones included.",
      splitBy: "reason",
      [
        ("connect", .errorConnect), ("timeout", .errorTimeout), ("reset", .errorReset),
        ("bad_answer", .errorBadResponse), ("5xx", .error5xx),
      ])
  }

  private var errors: MetricFamily {
    family(
      "turnout_errors_total",
      help: "Failed requests: status 5xx, or a response that the server broke off.",
      .errors)
  }

  private var created: MetricFamily {
    family(
      "turnout_conversations_created_total", help: "Conversations that the servers reported as created.", .created)
  }

  private var contextErrors: MetricFamily {
    family(
      "turnout_context_load_errors_total",
      help: "Responses that the servers reported as given without the user's context, because it did not load.",
      .contextErrors)
  }

  private var leftOut: MetricFamily {
    family(
      "turnout_left_out_requests_total",
      help: "Requests left out of comparisons: without a user key, or of users in the flag's lists.", .leftOut)
  }

  private var inFlight: MetricFamily {
    MetricFamily(
      "turnout_requests_in_flight", .gauge, help: "Requests that have started and not finished.",
      samples: forEachCohort { cohort, labels in [MetricSample(.integer(cohort.inFlight), labels: labels)] })
  }

  private var retries: MetricFamily {
    family("turnout_retries_total", help: "Attempts to send a request to a server, after the first.", .retries)
  }

  private var anonymous: MetricFamily {
    family("turnout_anonymous_requests_total", help: "Requests without a user key.", .anonymous)
  }

  private var bytesIn: MetricFamily {
    family("turnout_request_bytes_total", help: "Bytes received from clients, heads and bodies.", .bytesIn)
  }

  private var bytesOut: MetricFamily {
    family("turnout_response_bytes_total", help: "Bytes sent to clients, heads and bodies.", .bytesOut)
  }

  private var firstByte: MetricFamily {
    histogram(
      "turnout_time_to_first_byte_seconds",
      help: "Time from the end of the request head to the first byte of the response.", \.firstByte)
  }

  private var duration: MetricFamily {
    histogram(
      "turnout_request_duration_seconds",
      help: "Time from the end of the request head to the last byte of the response.", \.total)
  }
}

extension MetricTotals {
  private func family(_ name: String, help: String, _ counter: CohortCounter) -> MetricFamily {
    MetricFamily(
      name, .counter, help: help,
      samples: forEachCohort { cohort, labels in [MetricSample(.integer(cohort[counter]), labels: labels)] })
  }

  private func family(
    _ name: String, help: String, splitBy label: String, _ values: [(String, CohortCounter)]
  ) -> MetricFamily {
    MetricFamily(
      name, .counter, help: help,
      samples: forEachCohort { cohort, labels in
        values.map { value, counter in
          MetricSample(.integer(cohort[counter]), labels: labels + [MetricLabel(label, value)])
        }
      })
  }

  private func histogram(_ name: String, help: String, _ path: KeyPath<CohortTotals, Histogram>) -> MetricFamily {
    MetricFamily(
      name, .histogram, help: help,
      samples: forEachCohort { cohort, labels in cohort[keyPath: path].samples(labels: labels) })
  }

  private func forEachCohort(_ samples: (CohortTotals, [MetricLabel]) -> [MetricSample]) -> [MetricSample] {
    groups.flatMap { group in
      Cohort.allCases.flatMap { cohort in
        samples(group[cohort], [MetricLabel("flag", group.label), MetricLabel("cohort", cohort.description)])
      }
    }
  }
}

// The metrics of the whole process.
extension MetricTotals {
  var workerFamilies: [MetricFamily] { localResponseFamilies + clientFamilies + upstreamFamilies }

  /// One series for each kind of local response, from the start: the list of kinds is fixed. `turnout_own_answers_total`
  /// is the old name; this version still serves it.
  private var localResponseFamilies: [MetricFamily] {
    let samples = localResponses.map { response in
      MetricSample(
        .integer(response.count),
        labels: [MetricLabel("status", "\(response.label.status)"), MetricLabel("reason", response.label.reason)])
    }
    return [
      MetricFamily(
        "turnout_local_responses_total", .counter,
        help: "Responses that the proxy gave itself, without a server, by status and reason.", samples: samples),
      MetricFamily(
        "turnout_own_answers_total", .counter, help: "Old name of turnout_local_responses_total; will be removed.",
        samples: samples),
    ]
  }

  private var clientFamilies: [MetricFamily] {
    [
      MetricFamily(
        "turnout_client_connections_open", .gauge, help: "Client connections open now.",
        value: .integer(openClientConnections)),
      counter("turnout_client_connections_total", help: "Client connections accepted.", .connectionsAccepted),
      counter(
        "turnout_accept_pauses_total",
        help: "Times that the proxy stopped accepting because connections or descriptors ran out.",
        .acceptPauses),
      counter(
        "turnout_client_aborts_total", help: "Clients that disconnected before the end of their response.",
        .clientAborts),
      counter(
        "turnout_alias_fields_dropped_total",
        help: "Header fields of requests dropped because a server could take them for another field.",
        .aliasFieldsDropped),
    ]
  }

  private var upstreamFamilies: [MetricFamily] {
    [
      MetricFamily(
        "turnout_upstream_connections_open", .gauge, help: "Upstream connections open now, in use or idle.",
        value: .integer(openUpstreamConnections)),
      counter("turnout_upstream_connections_total", help: "Upstream connections opened.", .upstreamConnectionsOpened),
      counter(
        "turnout_requests_queued_total", help: "Requests that waited for an upstream connection.", .queued),
      counter("turnout_requests_killed_total", help: "Requests in flight to unified that a kill ended.", .killed),
    ]
  }

  private func counter(_ name: String, help: String, _ counter: WorkerCounter) -> MetricFamily {
    MetricFamily(name, .counter, help: help, value: .integer(self[counter]))
  }
}

/// The bounds of the Prometheus histograms, from the time of a local response to more than anyone waits. 0.2 s, the usual
/// target for the 95th percentile, is one of them, so the share of slower requests can be read directly. Up to 0.5 s no
/// bucket is wider than 0.1 s, the margin of unified, because Prometheus can only guess where in a bucket a quantile lies
/// (docs/monitoring.md). The lane's own histogram is much finer; a bound inside one of its buckets takes its part of that
/// bucket (`Histogram.cumulativeCounts`).
enum LatencyBounds {
  /// Ascending, with the text of the label `le`.
  static let all: [(nanoseconds: UInt64, seconds: String)] = [
    (500_000, "0.0005"), (1_000_000, "0.001"), (2_500_000, "0.0025"), (5_000_000, "0.005"),
    (10_000_000, "0.01"), (25_000_000, "0.025"), (50_000_000, "0.05"), (100_000_000, "0.1"),
    (150_000_000, "0.15"), (200_000_000, "0.2"), (250_000_000, "0.25"), (300_000_000, "0.3"),
    (400_000_000, "0.4"), (500_000_000, "0.5"), (750_000_000, "0.75"), (1_000_000_000, "1"),
    (1_500_000_000, "1.5"), (2_500_000_000, "2.5"), (5_000_000_000, "5"), (10_000_000_000, "10"),
    (30_000_000_000, "30"), (60_000_000_000, "60"),
  ]
}

extension Histogram {
  /// The samples of one histogram: cumulative buckets, the sum in seconds, the count. The count comes from the buckets, so
  /// it always agrees with the last one.
  func samples(labels: [MetricLabel]) -> [MetricSample] {
    let bounds = LatencyBounds.all
    let count = count
    var samples = zip(bounds, cumulativeCounts(atOrBelow: bounds.map(\.nanoseconds))).map { bound, below in
      MetricSample(.integer(below), labels: labels + [MetricLabel("le", bound.seconds)], suffix: "_bucket")
    }
    samples.append(MetricSample(.integer(count), labels: labels + [MetricLabel("le", "+Inf")], suffix: "_bucket"))
    samples.append(MetricSample(.decimal(Double(sumNanoseconds) / 1e9), labels: labels, suffix: "_sum"))
    samples.append(MetricSample(.integer(count), labels: labels, suffix: "_count"))
    return samples
  }
}
