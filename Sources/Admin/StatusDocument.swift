package import FlagStore
package import Flags

/// The document of `GET /api/v1/status`: written by the admin server, read by `turnout status` and by commands that wait
/// until a change is in force. Names and meanings never change; versions may add members, and readers ignore unknown ones.
///
/// Times are RFC 3339 text in UTC, latencies are milliseconds, counts are since the start of the process.
package struct StatusDocument: Codable, Sendable, Equatable {
  package var version: String
  package var pid: Int
  package var startedAt: String
  package var uptimeSeconds: Int
  /// Whether the proxy serves requests: it listens and has loaded flags.
  package var ready: Bool
  /// Whether the process finishes its last requests.
  package var draining: Bool
  package var workers: Int
  /// With the ports actually bound.
  package var listen: [String]
  /// The generation of the snapshot by which every worker decides.
  package var generation: UInt64
  /// The flags in force, in the order of the routes.
  package var flags: [FlagState]
  package var flagSource: FlagSource
  /// Two for each flag, in the order of `flags`, legacy first.
  package var cohorts: [CohortCounters]
  /// `local_responses`; nil from an earlier version. This version still writes the old name, `own_answers`.
  private var newLocalResponses: [LocalResponse]?
  private var ownAnswers: [LocalResponse]
  package var connections: Connections
  /// Requests that the admin port refused, by reason; nil from a version that does not count them.
  package var adminRefused: [String: UInt64]?

  package init(
    version: String, pid: Int, startedAt: String, uptimeSeconds: Int, ready: Bool, draining: Bool, workers: Int,
    listen: [String], generation: UInt64, flags: [FlagState], flagSource: FlagSource, cohorts: [CohortCounters],
    localResponses: [LocalResponse], connections: Connections
  ) {
    self.version = version
    self.pid = pid
    self.startedAt = startedAt
    self.uptimeSeconds = uptimeSeconds
    self.ready = ready
    self.draining = draining
    self.workers = workers
    self.listen = listen
    self.generation = generation
    self.flags = flags
    self.flagSource = flagSource
    self.cohorts = cohorts
    (self.newLocalResponses, self.ownAnswers) = (localResponses, localResponses)
    self.connections = connections
  }

  enum CodingKeys: String, CodingKey {
    case version, pid, ready, draining, workers, listen, generation, flags, cohorts, connections
    case startedAt = "started_at"
    case uptimeSeconds = "uptime_seconds"
    case flagSource = "flag_source"
    case newLocalResponses = "local_responses"
    case ownAnswers = "own_answers"
    case adminRefused = "admin_refused"
  }
}

extension StatusDocument {
  /// Responses that the proxy gave itself, without a server.
  package var localResponses: [LocalResponse] {
    get { newLocalResponses ?? ownAnswers }
    set { (newLocalResponses, ownAnswers) = (newValue, newValue) }
  }

  /// Client connections.
  package struct Connections: Codable, Sendable, Equatable {
    package var open: UInt64
    package var accepted: UInt64
    /// How often accepting paused because connections or descriptors ran out.
    package var acceptPauses: UInt64

    package init(open: UInt64, accepted: UInt64, acceptPauses: UInt64) {
      self.open = open
      self.accepted = accepted
      self.acceptPauses = acceptPauses
    }

    enum CodingKeys: String, CodingKey {
      case open, accepted
      case acceptPauses = "accept_pauses"
    }
  }

  /// The count of one status and reason.
  package struct LocalResponse: Codable, Sendable, Equatable {
    package var status: Int
    package var reason: String
    package var count: UInt64

    package init(status: Int, reason: String, count: UInt64) {
      self.status = status
      self.reason = reason
      self.count = count
    }
  }

  /// A flag in force. Only the lengths of its lists: they hold user keys.
  package struct FlagState: Codable, Sendable, Equatable {
    package var name: String
    package var enabled: Bool
    /// As stored; only when something overrides the store.
    package var storedEnabled: Bool?
    package var percentage: Double
    /// Only when it differs from the name.
    package var salt: String?
    /// Only when it is not `turnout`.
    package var hash: String?
    package var allowCount: Int
    package var denyCount: Int
    package var revision: Int
    package var updatedAt: String?
    package var updatedBy: String?
    package var reason: String?

    package init(_ flag: Flag) {
      name = flag.name
      enabled = flag.isEnabled
      percentage = flag.percentage.number
      salt = flag.salt == flag.name ? nil : flag.salt
      hash = flag.hash == .turnout ? nil : flag.hash.rawValue
      allowCount = flag.allow.count
      denyCount = flag.deny.count
      revision = flag.revision
      updatedAt = flag.updatedAt
      updatedBy = flag.updatedBy
      reason = flag.reason
    }

    enum CodingKeys: String, CodingKey {
      case name, enabled, percentage, salt, hash, revision, reason
      case storedEnabled = "stored_enabled"
      case allowCount = "allow_count"
      case denyCount = "deny_count"
      case updatedAt = "updated_at"
      case updatedBy = "updated_by"
    }
  }

  /// Where the flags come from, and whether its present content is in force.
  package struct FlagSource: Codable, Sendable, Equatable {
    /// An absolute path, or the address of a store without its password.
    package var path: String
    /// False: the last good flags stay in force, and `error` says what is wrong.
    package var valid: Bool
    package var error: String?
    package var errorSince: String?
    package var rejectedChanges: UInt64
    package var reloads: UInt64
    /// Whether the source cannot be read, so that its present content is unknown.
    package var away: Bool?
    /// Seconds since the source was last valid; 0 while it is. Like `away` and all below, nil from an earlier version.
    package var staleSeconds: Int?
    /// The origin of the flags in force: "store", "last-good", "initial".
    package var origin: String?
    /// The local kill of this proxy; nil without one.
    package var localKill: LocalKill?
    /// Whether everyone goes to legacy because the store was away for too long.
    package var storeLost: Bool?

    package init(
      path: String, valid: Bool, error: String? = nil, errorSince: String? = nil, rejectedChanges: UInt64 = 0,
      reloads: UInt64 = 0
    ) {
      self.path = path
      self.valid = valid
      self.error = error
      self.errorSince = errorSince
      self.rejectedChanges = rejectedChanges
      self.reloads = reloads
    }

    enum CodingKeys: String, CodingKey {
      case path, valid, error, away, reloads, origin
      case errorSince = "error_since"
      case rejectedChanges = "rejected_changes"
      case staleSeconds = "stale_seconds"
      case localKill = "local_kill"
      case storeLost = "store_lost"
    }
  }

  /// The requests of one flag and cohort, counted in the cohort that was decided.
  package struct CohortCounters: Codable, Sendable, Equatable {
    package var flag: String
    package var cohort: String
    package var requests: UInt64 = 0
    /// By class: "2xx" to "5xx", and "other".
    package var requestsByStatus: [String: UInt64] = [:]
    /// `turnout_errors_total`.
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

  /// Failed attempts at the servers, by reason, retried ones included.
  package struct Errors: Codable, Sendable, Equatable {
    package var connect: UInt64 = 0
    package var timeout: UInt64 = 0
    package var reset: UInt64 = 0
    package var badResponse: UInt64 = 0
    /// Responses of the servers with status 500 or above.
    package var serverErrors: UInt64 = 0

    package init() {}

    /// Names and counts, in the order of the document.
    package var named: [(name: String, count: UInt64)] {
      [
        (CodingKeys.connect, connect), (.timeout, timeout), (.reset, reset), (.badResponse, badResponse),
        (.serverErrors, serverErrors),
      ].map { ($0.0.rawValue, $0.1) }
    }

    enum CodingKeys: String, CodingKey {
      case connect, timeout, reset
      case badResponse = "bad_answer"
      case serverErrors = "5xx"
    }
  }

  /// Quantiles and mean; null without requests.
  package struct Latency: Codable, Sendable, Equatable {
    package var p50: Double?
    package var p90: Double?
    package var p95: Double?
    package var p99: Double?
    package var p999: Double?
    package var mean: Double?

    package init() {}

    /// Writes null for nil; synthesized code would leave the member out.
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
