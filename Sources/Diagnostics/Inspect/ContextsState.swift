package import Conversations
internal import FlagStore
internal import FoundationEssentials
internal import Redis

/// How the contexts stand at one moment: what `preflight` keeps as the baseline and `inspect` sets beside it.
package struct ContextsState: Codable, Sendable, Equatable {
  package struct Memory: Codable, Sendable, Equatable {
    /// Bytes; `most` is 0 without a limit.
    package var used: Int
    package var peak: Int
    package var most: Int
    package var fragmentation: Double

    package init(used: Int, peak: Int, most: Int, fragmentation: Double) {
      (self.used, self.peak, self.most, self.fragmentation) = (used, peak, most, fragmentation)
    }
  }

  package struct Kind: Codable, Sendable, Equatable {
    package var keys: Int
    /// Of one key on the average, by a sample; nil without keys, or where MEMORY USAGE is refused.
    package var bytes: Int?
  }

  /// How many keys have how long to live.
  package struct Lifetimes: Codable, Sendable, Equatable {
    /// By the upper end of a bucket in seconds; the last stands for what is longer.
    package var buckets: [Int]
    /// Without an end.
    package var endless: Int

    package init(buckets: [Int], endless: Int) { (self.buckets, self.endless) = (buckets, endless) }
  }

  /// RFC 3339.
  package var at: String
  package var memory: Memory
  /// Of the database, those of others included.
  package var keys: Int
  /// By the name of the kind, as the metrics have it.
  package var kinds: [String: Kind]
  package var legacy: Lifetimes
  package var unified: Lifetimes
  /// Nil: no proxy was asked, or none answered.
  package var traffic: Traffic?
  /// Whether an operator has made it the baseline, whatever stood before; nil: no.
  package var isChosen: Bool?

  package init(
    at: String, memory: Memory, keys: Int, kinds: [String: Kind], legacy: Lifetimes, unified: Lifetimes,
    traffic: Traffic? = nil
  ) {
    self.at = at
    self.memory = memory
    self.keys = keys
    self.kinds = kinds
    self.legacy = legacy
    self.unified = unified
    self.traffic = traffic
  }

  package func keys(_ kind: ContextKeyKind) -> Int { kinds[kind.rawValue]?.keys ?? 0 }

  /// Whether it shows how things were before the first step: nobody was sent to unified, and no conversation was there.
  package var isDayZero: Bool { traffic?.percentage == 0 && keys(.unifiedMeta) == 0 }

  /// Whether latency and creation can be compared with it.
  package var hasTraffic: Bool { (traffic?.both.requests ?? 0) >= InspectBounds.fewestRequests }

  /// Bytes of all keys of a kind, about.
  package func bytes(_ kind: ContextKeyKind) -> Int? {
    guard let state = kinds[kind.rawValue] else { return 0 }
    return state.bytes.map { $0 * state.keys }
  }
}

/// What a walk has found, with the keys that are needed once more.
package struct ContextsReading: Sendable {
  package var state: ContextsState
  package var census: KeyCensus
}

extension ContextsState {
  /// - Parameter rate: keys a second at most.
  package static func read(
    _ place: ContextLocation, rate: Int?, _ limit: TimeLimit, seen: (Int) -> Void = { _ in }
  ) throws(CheckFault) -> ContextsReading {
    var connection = try ServerChecks.connect(place, limit)
    let facts = try ServerFacts.read(&connection)
    let census = try KeyCensus.take(&connection, rate: rate, limit, seen: seen)
    // Not worth failing for.
    let sizes = (try? census.bytesPerKey(&connection)) ?? [:]
    var kinds: [String: Kind] = [:]
    for (kind, count) in census.keys { kinds[kind.rawValue] = Kind(keys: count, bytes: sizes[kind]) }
    let state = ContextsState(
      at: Timestamp.text(seconds: Timestamp.nowSeconds()), memory: Memory(facts), keys: census.seen, kinds: kinds,
      legacy: Lifetimes(census.legacy), unified: Lifetimes(census.unified))
    return ContextsReading(state: state, census: census)
  }
}

extension ContextsState.Memory {
  init(_ facts: ServerFacts) {
    used = facts.number("used_memory") ?? 0
    peak = facts.number("used_memory_peak") ?? 0
    most = facts.number("maxmemory") ?? 0
    fragmentation = facts["mem_fragmentation_ratio"].flatMap { Double($0) } ?? 0
  }
}

extension ContextsState.Lifetimes {
  init(_ layout: KeyCensus.Layout) {
    buckets = layout.buckets
    endless = layout.endless
  }
}
