/// What `GET /api/v1/status` answers: written by the admin server, read by `turnout status` and by those who wait for a
/// change to be in force. Names and meanings stay; new members may be added, and readers pass over what they do not know.
///
/// Times are RFC 3339 text in UTC, latencies are milliseconds, counts are since the start of the process.
package struct StatusDocument: Codable, Sendable, Equatable {
  package var version: String
  package var pid: Int
  package var startedAt: String
  package var uptimeSeconds: Int
  /// Whether requests are served: listening, and flags were loaded.
  package var ready: Bool
  /// Whether the process is finishing requests before it ends.
  package var draining: Bool
  package var workers: Int
  /// With the ports that were really taken.
  package var listen: [String]
  /// Of the snapshot that every worker decides by.
  package var generation: UInt64
  /// The flags in force, in the order of the routes.
  package var flags: [FlagState]
  package var flagSource: FlagSource
  /// Two for each flag, in the order of `flags`, legacy first.
  package var cohorts: [CohortCounters]
  package var ownAnswers: [LocalResponse]
  package var connections: Connections
  /// Requests that the admin port refused, by reason; nil from a version that does not count them.
  package var adminRefused: [String: UInt64]?

  package init(
    version: String, pid: Int, startedAt: String, uptimeSeconds: Int, ready: Bool, draining: Bool, workers: Int,
    listen: [String], generation: UInt64, flags: [FlagState], flagSource: FlagSource, cohorts: [CohortCounters],
    ownAnswers: [LocalResponse], connections: Connections
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
    self.ownAnswers = ownAnswers
    self.connections = connections
  }

  enum CodingKeys: String, CodingKey {
    case version, pid, ready, draining, workers, listen, generation, flags, cohorts, connections
    case startedAt = "started_at"
    case uptimeSeconds = "uptime_seconds"
    case flagSource = "flag_source"
    case ownAnswers = "own_answers"
    case adminRefused = "admin_refused"
  }
}

extension StatusDocument {
  /// Client connections.
  package struct Connections: Codable, Sendable, Equatable {
    package var open: UInt64
    package var accepted: UInt64
    /// How often accepting paused because connections or descriptors had run out.
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

  /// Answers that the proxy gave itself, by status and reason.
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
}
