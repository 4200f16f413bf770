package import Conversations
internal import Synchronization

/// One walk over the keys for all checks of a preflight that need it: how much room a migration takes, and the baseline.
package final class KeyWalk: Sendable {
  package let place: ContextLocation
  /// Keys a second at most; nil: as fast as they come.
  private let rate: Int?
  private let found = Mutex<ContextsState?>(nil)

  package init(_ place: ContextLocation, rate: Int? = nil) {
    self.place = place
    self.rate = rate
  }

  /// The first caller walks. What failed is tried again by the next.
  func state(_ limit: TimeLimit) throws(CheckFault) -> ContextsState {
    if let state = found.withLock({ $0 }) { return state }
    let state = try ContextsState.read(place, rate: rate, limit).state
    found.withLock { $0 = state }
    return state
  }
}
