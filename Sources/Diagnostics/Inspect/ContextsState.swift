package import Conversations
internal import FlagStore
internal import FoundationEssentials
package import Reactor
internal import Redis

/// The state of the contexts at one moment: `preflight` stores it as the baseline, and `inspect` compares with that.
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
    /// The mean size of a key in a sample; nil without keys, or where MEMORY USAGE is refused.
    package var bytes: Int?
  }

  /// The distribution of the TTLs.
  package struct Lifetimes: Codable, Sendable, Equatable {
    /// Keys per bucket (`KeyCensus.bounds`); the last is for longer TTLs.
    package var buckets: [Int]
    /// Keys without a TTL.
    package var endless: Int

    package init(buckets: [Int], endless: Int) { (self.buckets, self.endless) = (buckets, endless) }
  }

  /// RFC 3339.
  package var at: String
  package var memory: Memory
  /// All keys of the database, of any kind.
  package var keys: Int
  /// By the value of the label `kind` in the metrics.
  package var kinds: [String: Kind]
  package var legacy: Lifetimes
  package var unified: Lifetimes
  /// `nil` means no proxy was asked, or none responded.
  package var traffic: Traffic?
  /// How conversations begin and continue, from a sample; nil: an earlier version stored this state.
  package var activity: ContextActivity?
  /// Whether an operator made it the baseline (`--new-baseline`); nil: no.
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

  /// Whether it is from before the first step: no user went to unified, and no conversation existed.
  package var isDayZero: Bool { traffic?.percentage == 0 && keys(.unifiedMeta) == 0 }

  /// Whether it has enough requests to compare latency and created conversations with.
  package var hasTraffic: Bool { (traffic?.both.requests ?? 0) >= InspectBounds.fewestRequests }

  /// An estimate of the bytes of all keys of a kind.
  package func bytes(_ kind: ContextKeyKind) -> Int? {
    guard let state = kinds[kind.rawValue] else { return 0 }
    return state.bytes.map { $0 * state.keys }
  }
}

/// The result of a scan, with the sampled keys.
package struct ContextsScan: Sendable {
  package var state: ContextsState
  package var census: KeyCensus
}

extension ContextsState {
  /// - Parameter rate: keys per second; nil: unlimited.
  package static func read(
    _ location: ContextLocation, _ layout: Layout, rate: Int?, _ deadline: Deadline, seen: (Int) -> Void = { _ in }
  ) throws(CheckError) -> ContextsScan {
    var connection = try ServerChecks.connect(location, deadline)
    let info = try ServerChecks.info(&connection)
    let census = try KeyCensus.scan(KeyKinds(layout), &connection, rate: rate, deadline, seen: seen)
    // The sizes are optional.
    let sizes = (try? census.bytesPerKey(&connection)) ?? [:]
    var kinds: [String: Kind] = [:]
    for (kind, count) in census.keys { kinds[kind.rawValue] = Kind(keys: count, bytes: sizes[kind]) }
    var state = ContextsState(
      at: Timestamp.text(seconds: Timestamp.nowSeconds()), memory: Memory(info), keys: census.seen, kinds: kinds,
      legacy: Lifetimes(census.legacy), unified: Lifetimes(census.unified))
    state.activity = census.activity
    return ContextsScan(state: state, census: census)
  }
}

extension ContextsState.Memory {
  init(_ info: RedisInfo) {
    used = info.number("used_memory") ?? 0
    peak = info.number("used_memory_peak") ?? 0
    most = info.number("maxmemory") ?? 0
    fragmentation = info["mem_fragmentation_ratio"].flatMap { Double($0) } ?? 0
  }
}

extension ContextsState.Lifetimes {
  init(_ layout: KeyCensus.Layout) {
    buckets = layout.buckets
    endless = layout.endless
  }
}
