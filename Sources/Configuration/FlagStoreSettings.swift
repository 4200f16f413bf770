package import FlagStore
package import Flags

/// How flags are kept, beside where: section `flag_store`.
package struct FlagStoreSettings: Sendable, Equatable {
  /// In front of every key in Redis.
  package var keyPrefix = ""
  /// For rediss://; nil: the system's certificates.
  package var caFile: String?
  package var onLoss = StoreLossPolicy.hold
  /// How many points `turnout set` may raise a percentage at once without being asked.
  package var largestStep = Percentage(threshold: 50_000) ?? .zero

  package init() {}
}

extension FlagLocation {
  /// What the section says belongs to the place, wherever the address comes from.
  func with(_ settings: FlagStoreSettings) -> FlagLocation {
    guard case .redis(var place) = self else { return self }
    (place.keyPrefix, place.caFile) = (settings.keyPrefix, settings.caFile)
    return .redis(place)
  }
}
