package import Flags

/// The settings of the data plane, which whoever makes them has checked. Durations are in nanoseconds, sizes in bytes.
package struct ProxySettings: Sendable, Equatable {
  package var listen: [Endpoint] = []
  /// Event loops, each on a thread of its own with a listener, upstream pools and counters of its own.
  package var workers = 1
  package var legacy = CohortSettings()
  package var unified = CohortSettings()
  /// One of them has the path "/".
  package var routes: [RouteSettings] = []
  package var userKey = UserKeySettings()
  package var headers = HeaderSettings()
  package var timeouts = TimeoutSettings()
  package var limits = LimitSettings()
  /// How long requests under way to `unified` may go on after a kill, in nanoseconds; nil: to their end.
  package var killGrace: UInt64?
  package var accessLog = AccessLogSettings()

  package init() {}

  /// The flags that routes ask, each once, in the order of the routes. Their index is their number everywhere in the
  /// data plane: in the snapshot and in the counters.
  package var flagNames: [String] {
    var names: [String] = []
    for route in routes {
      if case .flag(let name) = route.target, !names.contains(name) { names.append(name) }
    }
    return names
  }
}

/// A host and port as written; the host is a name, an IPv4 or an IPv6 address (without brackets).
package struct Endpoint: Sendable, Hashable, CustomStringConvertible {
  package var host: String
  package var port: UInt16

  package init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// Where a cohort's requests go.
package struct CohortSettings: Sendable, Equatable {
  package var servers: [Endpoint] = []
  /// Put in front of the request target; empty, or a path that starts with "/" and does not end with one.
  package var pathPrefix = ""

  package init() {}
}

package struct RouteSettings: Sendable, Equatable {
  package enum Target: Sendable, Equatable {
    /// The flag decides for each user.
    case flag(String)
    /// Everyone goes to one cohort.
    case cohort(Cohort)
  }

  /// A path prefix that ends at a segment boundary: "/api" serves "/api", "/api/x" and "/api?x", not "/apix".
  package var path: String
  package var target: Target

  package init(path: String, target: Target) {
    self.path = path
    self.target = target
  }
}

/// Who the user is.
package struct UserKeySettings: Sendable, Equatable {
  package enum Source: Sendable, Equatable {
    case header(String)
    case cookie(String)
    case query(String)
    /// A claim at the top level of the payload of a bearer JWT. The signature is the upstream's to check.
    case jwtClaim(String)
  }

  package enum Anonymous: String, Sendable, Equatable, CaseIterable {
    /// To legacy, except when the flag is at 100 %.
    case legacy
    /// A random id is set as a cookie and is the user key from then on.
    case cookie
    /// The client's address is the user key.
    case address
  }

  /// Asked in order; the first that yields exactly one value of 1 to 256 bytes names the user.
  package var sources: [Source] = [.header("X-User-Id")]
  package var anonymous = Anonymous.legacy
  /// The cookie that `anonymous: cookie` sets.
  package var anonymousCookie = "turnout_id"

  package init() {}
}

package struct HeaderSettings: Sendable, Equatable {
  package enum Forwarded: String, Sendable, Equatable, CaseIterable {
    /// The client's own X-Forwarded-* fields are dropped.
    case replace
    /// The client's X-Forwarded-For is continued and its -Proto and -Host are kept: behind a balancer one trusts.
    case append
  }

  /// X-Turnout-Cohort and X-Turnout-Generation on responses.
  package var onResponses = true
  package var forwarded = Forwarded.replace
  /// The name in Via; nil makes one for this process. Loops are found by it.
  package var viaName: String?
  /// Whether Via is sent to serverConnections.
  package var sendsVia = true
  /// Whether a request without a usable traceparent gets one.
  package var startsTraces = true

  package init() {}
}

/// In nanoseconds. The defaults are those of docs/configuration.md.
package struct TimeoutSettings: Sendable, Equatable {
  package var requestHead: UInt64 = 10_000_000_000
  package var requestBodyIdle: UInt64 = 60_000_000_000
  package var clientIdle: UInt64 = 60_000_000_000
  package var connect: UInt64 = 1_000_000_000
  package var queue: UInt64 = 1_000_000_000
  package var firstByte: UInt64 = 60_000_000_000
  package var responseIdle: UInt64 = 60_000_000_000
  package var writeIdle: UInt64 = 60_000_000_000
  package var pooledIdle: UInt64 = 30_000_000_000
  package var linger: UInt64 = 2_000_000_000
  package var drain: UInt64 = 30_000_000_000

  package init() {}
}

package struct LimitSettings: Sendable, Equatable {
  /// Client connections of each worker.
  package var clientConnections = 16_384
  /// Connections of each worker to each server.
  package var serverConnections = 256
  /// Requests of each worker that wait for a connection to a cohort.
  package var queuedRequests = 1_024
  package var headBytes = 16_384
  package var targetBytes = 8_192
  package var headerFields = 100
  /// 0: no limit.
  package var requestBodyBytes: UInt64 = 0
  package var trailerBytes = 8_192
  /// The size of each of the two buffers of an exchange.
  package var bufferBytes = 32_768

  package init() {}
}

/// What the access log says of each request, and where it goes.
package struct AccessLogSettings: Sendable, Equatable {
  package enum Destination: Sendable, Equatable {
    case none
    case standardOutput
    case file(String)
  }

  package enum Format: String, Sendable, Equatable, CaseIterable {
    /// One JSON object for each request.
    case json
    /// Apache's combined format.
    case combined
  }

  package enum User: String, Sendable, Equatable, CaseIterable {
    /// A keyed hash of the user key.
    case hash
    case raw
    case none
  }

  package var destination = Destination.none
  package var format = Format.json
  package var user = User.hash
  /// The share of successes that is logged, 0 ... 1; all other requests always are.
  package var sample = 1.0
  /// The size of the ring of each worker.
  package var bufferBytes = 1 << 20

  package init() {}

  package var isOn: Bool { destination != .none }
  /// Whether a key for hashes is needed.
  package var hashesUsers: Bool { isOn && user == .hash }
}

extension ProxySettings {
  /// Descriptors reserved for listeners, pollers, the admin port and files.
  static let reservedDescriptors = 320

  /// How many client connections each worker can have so that descriptors are left for the connections to servers and for
  /// the control plane, when the process may have `descriptors` open. At most what is configured; below 1 when there are
  /// too few descriptors to serve anyone.
  package func clientConnections(withinDescriptors descriptors: Int) -> Int {
    let servers = legacy.servers.count + unified.servers.count
    let forClients = (descriptors - Self.reservedDescriptors) / max(1, workers) - servers * limits.serverConnections
    return min(limits.clientConnections, forClients)
  }
}
