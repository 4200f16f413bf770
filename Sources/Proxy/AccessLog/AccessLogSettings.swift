/// What is written of each request, and where.
package struct AccessLogSettings: Sendable, Equatable {
  package enum Destination: Sendable, Equatable {
    case none
    case standardOutput
    case file(String)
  }

  package enum Format: String, Sendable, Equatable, CaseIterable {
    /// A JSON object for each request.
    case json
    /// The combined format of Apache.
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
  /// The share of successes that is logged; all other requests always are.
  package var sample = 1.0
  /// Of the ring of each worker.
  package var bufferBytes = 1 << 20

  package init() {}

  package var isOn: Bool { destination != .none }
  /// Whether a key for hashes is needed.
  package var hashesUsers: Bool { isOn && user == .hash }
}
