import Foundation
import Synchronization
import TestSupport

/// Clients that ask one after the other, each user in turn, until they are told to stop. Every answer is counted under
/// the cohort that was decided and its status.
final class Load: Sendable {
  struct Tally {
    /// "legacy 200" and the like.
    var answers: [String: Int] = [:]
    /// Answers with status 200 that came from another server than the cohort's.
    var strays = 0
    /// Connections that broke.
    var broken = 0

    func count(_ cohort: String, _ accepts: (Int) -> Bool) -> Int {
      answers.filter { $0.key.hasPrefix(cohort) && accepts(Int($0.key.suffix(3)) ?? 0) }.values.reduce(0, +)
    }
  }

  private let tally = Mutex(Tally())
  private let isStopped = Atomic(false)
  private let finished = DispatchGroup()
  private let port: UInt16

  init(_ port: UInt16, users: [String], connections: Int = 4) {
    self.port = port
    for number in 0..<connections {
      finished.enter()
      Thread.detachNewThread { [self] in
        run(users, from: number)
        finished.leave()
      }
    }
  }

  /// Since the last call.
  func take() -> Tally {
    tally.withLock { tally in
      defer { tally = Tally() }
      return tally
    }
  }

  func stop() -> Tally {
    isStopped.store(true, ordering: .releasing)
    finished.wait()
    return take()
  }

  private func run(_ users: [String], from start: Int) {
    var client: WireConnection?
    var next = start
    while !isStopped.load(ordering: .acquiring) {
      do {
        let connection = try client ?? WireConnection.connect(to: port)
        client = connection
        count(try connection.get(user: users[next % users.count]))
        next += 1
      } catch {
        client = nil
        tally.withLock { $0.broken += 1 }
        pause(.milliseconds(10))
      }
    }
  }

  private func count(_ answer: WireResponse) {
    let cohort = answer.head["X-Turnout-Cohort"].first ?? "none"
    tally.withLock { tally in
      tally.answers["\(cohort) \(answer.status)", default: 0] += 1
      if answer.status == 200, answer.text != cohort { tally.strays += 1 }
    }
  }
}
