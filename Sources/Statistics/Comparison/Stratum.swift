/// One stage of a rollout, or a part of it: the split did not change meanwhile.
package struct Stratum: Sendable, Equatable {
  /// The share of the users in unified, 0 ... 1; 0 while the flag was disabled.
  package var share: Double
  package var tally: Tally

  package init(share: Double, tally: Tally) {
    self.share = share
    self.tally = tally
  }

  /// Whether chance put users on both sides. At 0 % and at 100 % whoever is on the other side is there for another
  /// reason: a request that was under way when the stage began.
  package var isSplit: Bool { share > 0 && share < 1 }
}
