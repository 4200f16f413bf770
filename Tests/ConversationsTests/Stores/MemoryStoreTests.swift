import Conversations
import Flags
import Synchronization
import TestSupport
import Testing

@Suite("Contexts in memory")
struct MemoryStoreTests {
  private final class Clock: Sendable {
    let seconds = Mutex<UInt64>(0)
    func read() -> UInt64 { seconds.withLock { $0 } * 1_000_000_000 }
    func pass(_ count: UInt64) { seconds.withLock { $0 += count } }
  }

  private let clock = Clock()
  private let owner = ContextOwner(.client, "42")

  private func store(_ cohort: Cohort, _ lifetimes: ContextLifetimes = ContextLifetimes()) -> MemoryStore {
    MemoryStore(cohort, lifetimes: lifetimes, clock: { [clock] in clock.read() })
  }

  @Test("They do what those in Redis do", arguments: Cohort.allCases)
  func interaction(_ cohort: Cohort) throws {
    let store = store(cohort)
    let first = try store.appendUserMessage(1)
    #expect(first.isNew)
    #expect(first.texts == ["1"])
    #expect(first.key.contains(":42"))
    #expect(first.lifetime == 1_800)
    #expect((first.id == "chat:customer:42") == (cohort == .legacy))
    #expect(store.commitReply(Message(.assistant, "two", at: 2), state: Array(#"{"a":1}"#.utf8), in: first) == nil)
    let conflict = try #require(
      store.commitReply(Message(.assistant, "no", at: 2), state: Array(#"{"a":2}"#.utf8), in: first))
    #expect(conflict.texts == ["1", "two"])
    #expect(conflict.stateText == #"{"a":1}"#)
    for number in 3...13 { _ = try store.appendUserMessage(number) }
    let last = try store.appendUserMessage(14)
    #expect(last.texts == (5...14).map(String.init))
    #expect(last.messages == (cohort == .unified ? 14 : 10))
    #expect(!last.isNew)
    clock.pass(1_800)
    #expect(store.commitReply(Message(.assistant, "late", at: 2), state: nil, in: last) == nil)
    #expect(try store.appendUserMessage(15).texts == (6...14).map(String.init).suffix(8) + ["late", "15"])
    clock.pass(1_800)
    #expect(try store.appendUserMessage(16).isNew)
  }

  @Test("Adaptive lifetimes")
  func adaptive() throws {
    var lifetimes = ContextLifetimes()
    lifetimes.adaptive = true
    let store = store(.unified, lifetimes)
    for (pause, lifetime) in [(0, 900), (300, 3_600), (301, 900), (10, 3_600)] as [(UInt64, Int)] {
      clock.pass(pause)
      #expect(try store.appendUserMessage(1).lifetime == lifetime)
    }
  }

  @Test("A thousand are remembered; the one that was silent longest is forgotten")
  func limit() throws {
    let store = store(.unified)
    for user in 0..<1_000 {
      clock.pass(1)
      _ = try store.appendUserMessage(1, from: ContextOwner(.client, "\(user)"))
    }
    clock.pass(1)
    _ = try store.appendUserMessage(2, from: ContextOwner(.client, "0"))
    clock.pass(1)
    _ = try store.appendUserMessage(1, from: ContextOwner(.client, "new"))
    #expect(store.count == 1_000)
    #expect(try store.appendUserMessage(3, from: ContextOwner(.client, "0")).texts == ["1", "2", "3"])
    #expect(try store.appendUserMessage(3, from: ContextOwner(.client, "1")).isNew)
  }
}
