package import Redis

/// Where flags are stored, as it was configured. The description never shows a password.
package enum FlagLocation: Sendable, Equatable, CustomStringConvertible {
  /// A path, as the user named it.
  case file(String)
  case redis(RedisFlagLocation)

  package var description: String {
    switch self {
    case .file(let path): path
    case .redis(let place): place.description
    }
  }
}

/// A Redis server and what a Turnout uses of it.
package struct RedisFlagLocation: Sendable, Equatable, CustomStringConvertible {
  package var address: RedisAddress
  /// In front of every key.
  package var keyPrefix: String
  /// Whom to trust over TLS; nil: the system's certificates.
  package var caFile: String?

  package init(address: RedisAddress, keyPrefix: String = "", caFile: String? = nil) {
    self.address = address
    self.keyPrefix = keyPrefix
    self.caFile = caFile
  }

  package var description: String { address.description }
}
