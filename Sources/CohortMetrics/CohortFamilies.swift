import Flags
import Statistics

/// What is counted by flag and cohort. Every series is there from the start, with 0: one that appears only with its first
/// event hides that event from `rate()`. There are 69 for each flag and cohort, however much traffic there is.
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
      help: "Attempts at the cohort's servers that failed, by reason, retried ones included.",
      splitBy: "reason",
      [
        ("connect", .errorConnect), ("timeout", .errorTimeout), ("reset", .errorReset),
        ("bad_answer", .errorBadResponse), ("5xx", .error5xx),
      ])
  }

  private var errors: MetricFamily {
    family(
      "turnout_errors_total",
      help: "Requests that failed: answered with 5xx, or with an answer that broke off through the upstream's fault.",
      .errors)
  }

  private var created: MetricFamily {
    family(
      "turnout_conversations_created_total", help: "Conversations that the upstream said it created.", .created)
  }

  private var contextErrors: MetricFamily {
    family(
      "turnout_context_load_errors_total",
      help: "Answers that the upstream said it gave without the user's context, which it could not load.",
      .contextErrors)
  }

  private var leftOut: MetricFamily {
    family(
      "turnout_left_out_requests_total",
      help: "Requests that comparisons leave out: without a user key, or of users in the flag's lists.", .leftOut)
  }

  private var inFlight: MetricFamily {
    MetricFamily(
      "turnout_requests_in_flight", .gauge, help: "Requests that have started and not finished.",
      samples: forEachCohort { cohort, labels in [MetricSample(.integer(cohort.inFlight), labels: labels)] })
  }

  private var retries: MetricFamily {
    family("turnout_retries_total", help: "Attempts after the first to send a request upstream.", .retries)
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
      help: "Time from the end of the request head to the first byte of the answer.", \.firstByte)
  }

  private var duration: MetricFamily {
    histogram(
      "turnout_request_duration_seconds",
      help: "Time from the end of the request head to the last byte of the answer.", \.total)
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
