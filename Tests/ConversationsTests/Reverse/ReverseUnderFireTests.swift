import Conversations
import Flags
import Redis
import Synchronization
import TestSupport
import Testing

@Suite("Reversing while users talk on both sides", .startsPrograms)
struct ReverseUnderFireTests {
  @Test("Users who talk on both sides meanwhile lose nothing and see nothing twice")
  func hammered() async throws {
    let sides = try BothSides()
    let users = (0..<60).map { ContextOwner($0 % 2 == 0 ? .client : .admin, "\($0)") }
    for owner in users { try sides.talk(sides.legacy, 1...1, by: owner) }
    try sides.migrate()
    let (legacy, unified, place) = (sides.legacy, sides.unified, sides.fixture.place)
    let isTalking = Shared(true)
    let runs = Shared(ReverseTally())
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        var connection = try place.connect(as: "reverse", replyLimit: ContextReader.replyLimit)
        while isTalking.value {
          let tally = try ReverseMigration().run(on: &connection) { _ in }
          runs.change {
            $0.written += tally.written
            $0.messages += tally.messages
            $0.busy += tally.busy
          }
        }
      }
      try await withThrowingTaskGroup(of: Void.self) { talkers in
        for (number, store) in [legacy, unified, legacy, unified].enumerated() {
          talkers.addTask {
            // With two of the answer before, ten in all: every message is still kept at the end.
            for round in 0..<2 {
              for owner in users.shuffled() {
                let at = 100 + round * 10 + number
                _ = try store.appendUserMessage(Message(.user, "\(number) \(round)", at: at), from: owner)
              }
            }
          }
        }
        try await talkers.waitForAll()
      }
      isTalking.change { $0 = false }
      try await group.waitForAll()
    }
    try sides.reverse()
    let expected = ["q1", "a1"] + (0..<2).flatMap { round in (0..<4).map { "\($0) \(round)" } }
    for owner in users { #expect(try sides.legacyContext(owner).texts.sorted() == expected.sorted(), "\(owner)") }
    #expect(try sides.reverse().written == 0)
    // It was under fire indeed, and each message of unified came over exactly once.
    let sum = runs.value
    #expect(sum.written > 0, "\(sum)")
    #expect(sum.busy == 0, "\(sum)")
    #expect(sum.messages <= 4 * users.count, "\(sum)")
  }

  @Test("One user who is written to without a pause: the value is never torn, and ends with the last words")
  func hot() async throws {
    let sides = try BothSides()
    let (unified, place) = (sides.unified, sides.fixture.place)
    let owner = ContextOwner(.client, "42")
    let clock = Shared(0)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<3 {
        group.addTask {
          for _ in 0..<150 { _ = try unified.appendUserMessage(clock.next(), from: owner) }
        }
      }
      group.addTask {
        var connection = try place.connect(as: "reverse", replyLimit: ContextReader.replyLimit)
        for _ in 0..<50 {
          #expect(try ReverseMigration().run(on: &connection) { _ in }.busy == 0)
          if let value = try connection.command("GET", RedisWord(owner.legacyKey)).value {
            _ = try LegacyContext(value)
          }
        }
      }
      try await group.waitForAll()
    }
    try sides.reverse()
    let said = try sides.legacyContext().messages.compactMap(\.content.at)
    #expect(said.count == 10, "\(said)")
    #expect(said == Set(said).sorted(), "\(said)")
    #expect(said.last == 450, "\(said)")
    #expect(try sides.reverse().written == 0)
  }
}

/// One value for several threads.
private final class Shared<Value: Sendable>: Sendable {
  fileprivate let state: Mutex<Value>

  init(_ value: Value) { state = Mutex(value) }

  var value: Value { state.withLock { $0 } }
  func change(_ body: (inout Value) -> Void) {
    state.withLock { value in
      var copy = value
      body(&copy)
      value = copy
    }
  }
}

extension Shared<Int> {
  /// From 1 on.
  func next() -> Int {
    state.withLock {
      $0 += 1
      return $0
    }
  }
}
