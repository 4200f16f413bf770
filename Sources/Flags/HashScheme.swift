/// Whose way of splitting users a flag follows. With that of the system a flag comes from, nobody changes sides.
///
/// The raw value is the word in a flag file. What each scheme hashes and whom it takes in: `UserHash`.
public enum HashScheme: String, Sendable, CaseIterable {
  case turnout
  /// The gradual rollout of Unleash.
  case unleash
  /// The operator `fractional` of flagd.
  case flagd
  /// A rollout with a coverage in GrowthBook, hash version 2.
  case growthbook
  /// A percentage rollout of LaunchDarkly.
  case launchdarkly
  /// `split_clients` of nginx.
  case splitClients = "split_clients"
}

extension HashScheme: CustomStringConvertible {
  public var description: String { rawValue }
}
