package import Flags
package import Statistics

/// What was counted of one flag over some time, stage by stage: what a comparison is made of.
package struct Measured: Sendable {
  package var flag: Flag
  package var from: Int
  package var to: Int
  /// The oldest first; at least one.
  package var parts: [Part]
  /// Whose traffic is in it; this one counts always.
  package var proxies: Int
  package var silentProxies: [String]
  /// By which this proxy judges slow requests now; nil before there is one.
  package var reference: LatencyThresholds?

  /// A stage, or what of it lies in that time.
  package struct Part: Sendable {
    package var stage: Stage
    package var from: Int
    package var tally: Tally
  }

  /// All stages together.
  package var total: Tally { parts.dropFirst().reduce(into: parts[0].tally) { $0.merge($1.tally) } }
}

/// From when on.
package enum Scope: Sendable, Equatable {
  /// Since the split was last changed, for at most a week.
  case stage
  /// The last so many seconds, and a little more: whole minutes up to an hour, whole hours beyond.
  case since(seconds: Int)
}

/// What was counted over time, for charts.
package struct Charted: Sendable {
  package struct Window: Sendable {
    package var from: Int
    package var milliseconds: Int
    package var tally: LightTally
  }

  package var flag: String
  /// The oldest first, none without traffic.
  package var windows: [Window]
  package var marks: [Mark]
  package var isFleet: Bool
}
