/// What each number may be. The lower bounds are what a proxy can work with at all, the upper ones what no installation
/// needs: they catch a slip of the unit.
package enum Ranges {
  package static let workers = 1...256
  package static let timeout: ClosedRange<UInt64> = 1_000_000...86_400_000_000_000
  package static let storeLoss: ClosedRange<UInt64> = 1_000_000_000...86_400_000_000_000
  /// Counting more often would be nearly all the time, in a database of a million keys.
  package static let contextCount: ClosedRange<UInt64> = 10_000_000_000...86_400_000_000_000
  package static let latencyMargin: ClosedRange<UInt64> = 1_000_000...3_600_000_000_000
  package static let minimumRequests = 20...1_000_000_000
  package static let listeners = 16
  package static let adminHosts = 16
  package static let servers = 64
  package static let routes = 256
  package static let flags = 32
  package static let userKeySources = 8
  /// At least some twenty of the longest records.
  package static let accessLogBuffer: ClosedRange<UInt64> = 65_536...1_073_741_824
  /// A buffer holds a whole head, what the proxy adds to it, and some of the body behind it.
  package static let bufferBeyondHead = 8_192
}
