import YAML

extension Scalar where Value == Int {
  static var workers: Scalar {
    let number = integer(Ranges.workers)
    return Scalar("auto or \(number.expected)") { $0 == "auto" ? Processors.available : number.parse($0) }
  }
}

/// The range of each number. The lower bounds are what a proxy needs to work, the upper ones more than any installation
/// needs: they catch a wrong unit.
package enum Ranges {
  package static let workers = 1...256
  package static let timeout: ClosedRange<UInt64> = 1_000_000...86_400_000_000_000
  package static let storeLoss: ClosedRange<UInt64> = 1_000_000_000...86_400_000_000_000
  /// With a million keys, counting more often would run nearly all the time.
  package static let contextCount: ClosedRange<UInt64> = 10_000_000_000...86_400_000_000_000
  package static let latencyMargin: ClosedRange<UInt64> = 1_000_000...3_600_000_000_000
  package static let minimumRequests = 20...1_000_000_000
  package static let listeners = 16
  package static let adminHosts = 16
  package static let servers = 64
  package static let routes = 256
  package static let flags = 32
  package static let userKeySources = 8
  /// At least about twenty of the longest records.
  package static let accessLogBuffer: ClosedRange<UInt64> = 65_536...1_073_741_824
  /// A buffer holds a whole head, what the proxy adds to it, and part of the body.
  package static let bufferBeyondHead = 8_192
}
