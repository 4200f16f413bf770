extension StatusDocument {
  /// What became of the requests that a flag sent to a cohort, counted under the cohort that was decided.
  package struct CohortCounters: Codable, Sendable, Equatable {
    package var flag: String
    package var cohort: String
    package var requests: UInt64 = 0
    /// By class: "1xx" to "5xx".
    package var requestsByStatus: [String: UInt64] = [:]
    /// Requests that failed: `turnout_errors_total`.
    package var failed: UInt64 = 0
    package var errors = Errors()
    package var retries: UInt64 = 0
    /// Requests without a user key.
    package var anonymous: UInt64 = 0
    package var inFlight: UInt64 = 0
    package var bytesIn: UInt64 = 0
    package var bytesOut: UInt64 = 0
    package var firstByteMilliseconds = Latency()
    package var totalMilliseconds = Latency()

    package init(flag: String, cohort: String) {
      self.flag = flag
      self.cohort = cohort
    }

    enum CodingKeys: String, CodingKey {
      case flag, cohort, requests, failed, errors, retries, anonymous
      case requestsByStatus = "requests_by_status"
      case inFlight = "in_flight"
      case bytesIn = "bytes_in"
      case bytesOut = "bytes_out"
      case firstByteMilliseconds = "first_byte_ms"
      case totalMilliseconds = "total_ms"
    }
  }

  /// Attempts at the servers that failed, by reason, retried ones too.
  package struct Errors: Codable, Sendable, Equatable {
    package var connect: UInt64 = 0
    package var timeout: UInt64 = 0
    package var reset: UInt64 = 0
    package var badAnswer: UInt64 = 0
    /// Answers of the servers with a status of 500 or above.
    package var serverErrors: UInt64 = 0

    package init() {}

    /// The names of the document with their counts, in its order.
    package var named: [(name: String, count: UInt64)] {
      [
        (CodingKeys.connect, connect), (.timeout, timeout), (.reset, reset), (.badAnswer, badAnswer),
        (.serverErrors, serverErrors),
      ].map { ($0.0.rawValue, $0.1) }
    }

    enum CodingKeys: String, CodingKey {
      case connect, timeout, reset
      case badAnswer = "bad_answer"
      case serverErrors = "5xx"
    }
  }

  /// Quantiles and mean; null as long as nothing was measured.
  package struct Latency: Codable, Sendable, Equatable {
    package var p50: Double?
    package var p90: Double?
    package var p95: Double?
    package var p99: Double?
    package var p999: Double?
    package var mean: Double?

    package init() {}

    /// Synthesized code would leave out what is nil.
    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(p50, forKey: .p50)
      try container.encode(p90, forKey: .p90)
      try container.encode(p95, forKey: .p95)
      try container.encode(p99, forKey: .p99)
      try container.encode(p999, forKey: .p999)
      try container.encode(mean, forKey: .mean)
    }

    enum CodingKeys: String, CodingKey { case p50, p90, p95, p99, p999, mean }
  }
}
