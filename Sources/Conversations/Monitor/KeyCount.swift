package import Redis

/// One scan of all keys of a database, in steps between which Redis serves other clients: SCAN, never KEYS, and without
/// MATCH, since one scan covers both layouts.
///
/// It keeps only counts, so memory does not grow with the number of keys. SCAN returns every key that exists from the
/// start to the end; it may or may not return keys that are added or removed meanwhile, and returns a few keys twice
/// while Redis resizes its table.
package struct KeyCount: Sendable, Equatable {
  /// Keys per step. Redis takes about 0.3 ms for one, which is the longest that other clients wait.
  package static let keysPerStep = 1_000

  package let kinds: KeyKinds
  /// By kind; kinds without keys are missing.
  package private(set) var counts: [ContextKeyKind: UInt64] = [:]
  /// Random keys of legacy values and of metas, for `ContextActivity`.
  private(set) var legacySample: [[UInt8]] = []
  private(set) var metaSample: [[UInt8]] = []
  package private(set) var isComplete = false
  private var cursor: RedisWord = "0"

  package init(_ kinds: KeyKinds) { self.kinds = kinds }

  func total(_ kind: ContextKeyKind) -> UInt64 { counts[kind] ?? 0 }

  /// The next step.
  package var command: [RedisWord] { ["SCAN", cursor, "COUNT", RedisWord(Self.keysPerStep)] }

  /// Counts the keys of a step. False for an invalid reply.
  package mutating func take(_ reply: RedisReply) -> Bool {
    guard let elements = reply.elements, elements.count == 2, let next = elements[0].value,
      let keys = elements[1].elements
    else { return false }
    for key in keys {
      guard let bytes = key.value, let kind = kinds.find(bytes)?.kind else { continue }
      counts[kind, default: 0] += 1
      switch kind {
      case .legacyCustomer, .legacyAdmin:
        Self.offer(bytes, to: &legacySample, of: total(.legacyCustomer) + total(.legacyAdmin))
      case .unifiedMeta: Self.offer(bytes, to: &metaSample, of: total(kind))
      default: break
      }
    }
    cursor = RedisWord(next)
    isComplete = next == [UInt8(ascii: "0")]
    return true
  }
}

extension KeyCount {
  /// Each of the `seen` keys has the same chance to be in the sample.
  private static func offer(_ key: [UInt8], to sample: inout [[UInt8]], of seen: UInt64) {
    if sample.count < ContextActivity.sampled {
      sample.append(key)
    } else if case let index = Int(clamping: UInt64.random(in: 0..<seen)), index < sample.count {
      sample[index] = key
    }
  }
}

/// The kinds by which context keys are counted: the layout and the part. The raw value is the label `kind` of the metrics.
package enum ContextKeyKind: String, CaseIterable, Sendable {
  case legacyCustomer = "legacy_customer"
  case legacyAdmin = "legacy_admin"
  case unifiedHistory = "unified_history"
  case unifiedState = "unified_state"
  case unifiedMeta = "unified_meta"
  case unifiedCurrent = "unified_current"
}
