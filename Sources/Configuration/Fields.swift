package import Proxy

/// The keys of `timeouts` and `limits`, one line each: reading, reporting and the tests of the documentation go by
/// these tables.
package struct TimeoutField: Sendable {
  package let key: String
  package let value: any WritableKeyPath<TimeoutSettings, UInt64> & Sendable

  package static let all: [TimeoutField] = [
    TimeoutField(key: "request_head", value: \.requestHead),
    TimeoutField(key: "request_body_idle", value: \.requestBodyIdle),
    TimeoutField(key: "client_idle", value: \.clientIdle),
    TimeoutField(key: "connect", value: \.connect),
    TimeoutField(key: "queue", value: \.queue),
    TimeoutField(key: "first_byte", value: \.firstByte),
    TimeoutField(key: "answer_idle", value: \.responseIdle),
    TimeoutField(key: "write_idle", value: \.writeIdle),
    TimeoutField(key: "pooled_idle", value: \.pooledIdle),
    TimeoutField(key: "linger", value: \.linger),
    TimeoutField(key: "drain", value: \.drain),
  ]
}

package struct LimitField: Sendable {
  package enum Unit: Sendable { case count, bytes }

  package let key: String
  package let value: any WritableKeyPath<LimitSettings, Int> & Sendable
  package let range: ClosedRange<Int>
  package let unit: Unit

  /// All but `request_body_bytes`, which may be none.
  package static let all: [LimitField] = [
    LimitField(key: "client_connections", value: \.clientConnections, range: 1...1_000_000, unit: .count),
    LimitField(key: "server_connections", value: \.serverConnections, range: 1...65_535, unit: .count),
    LimitField(key: "queued_requests", value: \.queuedRequests, range: 0...1_000_000, unit: .count),
    LimitField(key: "head_bytes", value: \.headBytes, range: 1_024...1_048_576, unit: .bytes),
    LimitField(key: "target_bytes", value: \.targetBytes, range: 256...1_048_576, unit: .bytes),
    LimitField(key: "header_fields", value: \.headerFields, range: 16...1_000, unit: .count),
    LimitField(key: "trailer_bytes", value: \.trailerBytes, range: 256...1_048_576, unit: .bytes),
    LimitField(key: "buffer_bytes", value: \.bufferBytes, range: 9_216...16_777_216, unit: .bytes),
  ]
  package static let requestBodyKey = "request_body_bytes"
  package static let requestBodyRange: ClosedRange<UInt64> = 1...(1 << 40)

  /// The value in words, with its unit.
  package func text(in limits: LimitSettings) -> String {
    let number = limits[keyPath: value]
    return unit == .bytes ? SizeText.text(number) : "\(number)"
  }
}
