import Foundation
import Synchronization
import TestSupport

/// Clients on several connections that ask at a steady pace, each user in turn, and judge every answer: it must come
/// soon, be whole, and be of the cohort that the test expects for its user at that time.
final class SteadyLoad: Sendable {
  struct Outcome {
    var count = 0
    /// The first of them, in words.
    var failures: [String] = []
    var slowest = Duration.zero
  }

  /// A request that takes longer has waited for something.
  static let patience = Duration.seconds(1)
  private static let connections = 3
  private static let pace = 0.01

  private struct Expectation {
    /// Nil: either cohort.
    var cohorts: [String: String]?
    /// A request during which this changed is judged by neither.
    var number = 0
  }

  private let port: UInt16
  private let users = (0..<40).map { "user-\($0)" }
  private let expectation = Mutex(Expectation())
  private let outcome = Mutex(Outcome())
  private let isStopped = Atomic(false)
  private let finished = DispatchGroup()

  /// Begins with where each user goes now, which must not be the same for all.
  init(_ port: UInt16) throws {
    self.port = port
    let cohorts = try learn()
    guard Set(cohorts.values).count == 2 else { throw SetupError("all users are in one cohort: \(cohorts)") }
    expectation.withLock { $0.cohorts = cohorts }
    for number in 0..<Self.connections {
      finished.enter()
      Thread.detachNewThread { [self] in
        run(from: number * 7)
        finished.leave()
      }
    }
  }

  private func learn() throws -> [String: String] {
    let client = try WireConnection.connect(to: port)
    return try Dictionary(uniqueKeysWithValues: users.map { ($0, try client.get(user: $0).text) })
  }

  /// From now on either cohort will do: something is about to change.
  func expectEither() { expect(nil) }

  func expectAll(in cohort: String) { expect(Dictionary(uniqueKeysWithValues: users.map { ($0, cohort) })) }

  private func expect(_ cohorts: [String: String]?) {
    expectation.withLock { $0 = Expectation(cohorts: cohorts, number: $0.number + 1) }
  }

  func stop() -> Outcome {
    isStopped.store(true, ordering: .releasing)
    finished.wait()
    return outcome.withLock { $0 }
  }

  // MARK: One connection

  private func run(from start: Int) {
    var client: WireConnection?
    var next = start
    while !isStopped.load(ordering: .acquiring) {
      do {
        let connection = try client ?? WireConnection.connect(to: port)
        client = connection
        try ask(connection, users[next % users.count])
      } catch {
        client = nil
        fail("\(error)")
      }
      next += 1
      pause(.seconds(Self.pace))
    }
  }

  private func ask(_ client: WireConnection, _ user: String) throws {
    let before = expectation.withLock { $0 }
    let start = ContinuousClock.now
    let answer = try client.get(user: user)
    let time = ContinuousClock.now - start
    let isSettled = expectation.withLock { $0.number } == before.number
    outcome.withLock { outcome in
      outcome.count += 1
      outcome.slowest = max(outcome.slowest, time)
    }
    if answer.status != 200 { fail("\(user): \(answer.status) \(answer.text)") }
    if time > Self.patience { fail("\(user): took \(time)") }
    if isSettled, let cohort = before.cohorts?[user], answer.text != cohort {
      fail("\(user): \(answer.text) instead of \(cohort)")
    }
  }

  private func fail(_ text: String) {
    outcome.withLock { if $0.failures.count < 20 { $0.failures.append(text) } }
  }
}
