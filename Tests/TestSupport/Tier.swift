import Foundation
package import Testing

/// The tests come in two tiers: those that need nothing but the toolchain (`make unit`, TEST_TIER=unit), and all of them
/// (`make test`). A test that starts a program has the trait `.startsPrograms`; without it `Program` refuses to start one in
/// the unit tier, so that the trait cannot be forgotten. Without TEST_TIER nothing is skipped.
package enum Tier {
  package static let isUnit = ProcessInfo.processInfo.environment["TEST_TIER"] == "unit"
}

extension Trait where Self == ConditionTrait {
  /// The test starts a real server or another program; `make unit` leaves it out.
  package static var startsPrograms: Self { .disabled(if: Tier.isUnit, "starts programs: make test") }
}
