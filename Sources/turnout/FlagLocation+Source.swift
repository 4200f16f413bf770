import FlagStore

extension FlagLocation {
  var isRedis: Bool { if case .redis = self { true } else { false } }

  /// What speaks to the store at this place.
  var source: any FlagSource {
    switch self {
    case .file(let path): FlagFile(path)
    case .redis(let place): RedisFlags(place)
    }
  }
}
