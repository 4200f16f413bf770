/// What a worker counts for each flag and cohort. A request belongs to the cohort that was decided for it, whatever
/// happened then.
///
/// The first eight are touched by every ordinary request and share one cache line. The order matters to the reader too,
/// which reads a lane from its end: what is counted earlier in a request's life (`started`) stands before what is counted
/// later (`finished`), so that no reader sees a request finished that it does not see started.
@usableFromInline
package enum CohortCounter: Int, CaseIterable, Sendable {
  /// Requests whose cohort was decided.
  case started
  /// Requests that got a response, or were given up. Each adds one of the five statuses as well.
  case finished
  case status2xx
  /// Nanoseconds from the end of the request head to the first byte of the response.
  case firstByteNanosecondsSum
  /// Nanoseconds from the end of the request head to the last byte of the response.
  case totalNanosecondsSum
  /// From clients: heads and bodies as received.
  case bytesIn
  /// To clients: heads and bodies as sent.
  case bytesOut
  /// Requests without a user key.
  case anonymous

  case status3xx
  case status4xx
  case status5xx
  /// 1xx, or no status at all: the client went away before there was a response.
  case statusOther
  case errorConnect
  case errorTimeout
  case errorReset
  /// The upstream's response was malformed.
  case errorBadResponse
  /// The upstream itself responded with 500 to 599.
  case error5xx
  /// Attempts after the first.
  case retries
  /// Requests that failed: with a response of 500 to 599, or one that broke off through the upstream's fault. Not
  /// those that a kill ended, nor those whose client went away.
  case errors
  /// Conversations that the upstream said it created.
  case created
  /// Requests that are not compared: without a user key, or of a user in the flag's lists.
  case leftOut
  /// Those of them that failed.
  case leftOutErrors
  /// Responses that the upstream gave without the user's context, which it could not load, by its own report. Operators see
  /// the count; no comparison uses it.
  case contextErrors

  /// The raw value, for the hot path: the compiler knows that reading it takes no lock.
  @inlinable
  package var index: Int {
    @_noLocks @inline(__always) get { rawValue }
  }
}

/// What a worker counts for itself.
@usableFromInline
package enum WorkerCounter: Int, CaseIterable, Sendable {
  /// Client connections that are served. Those that are open now: accepted less closed.
  case connectionsAccepted
  case connectionsClosed
  /// How often accepting paused because connections or descriptors had run out; new ones wait in the kernel then.
  case acceptPauses
  /// Header fields of a request dropped because an upstream could take them for another field.
  case aliasFieldsDropped
  /// Clients that went away before they had their response.
  case clientAborts
  case upstreamConnectionsOpened
  case upstreamConnectionsClosed
  /// Requests that had to wait for an upstream connection.
  case queued
  /// Requests to unified that a kill ended.
  case killed

  /// The raw value, for the hot path: the compiler knows that reading it takes no lock.
  @inlinable
  package var index: Int {
    @_noLocks @inline(__always) get { rawValue }
  }
}

/// A kind of response that Turnout makes itself. The list of them is fixed when the process starts.
package struct LocalResponseLabel: Sendable, Hashable {
  package let status: Int
  /// A short word in lower case with underscores.
  package let reason: String

  package init(status: Int, reason: String) {
    self.status = status
    self.reason = reason
  }
}
