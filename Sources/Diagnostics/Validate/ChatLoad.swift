internal import Conversations
internal import Flags
internal import Reactor
internal import Synchronization

/// Requests of several users at once, each on a thread and a connection of its own, no more at a time than there are
/// threads.
struct ChatLoad: Sendable {
  struct Outcome: Sendable {
    /// Of the requests that were answered 200 by the right path, in nanoseconds, the shortest first.
    var times: [UInt64] = []
    var failures = 0
    /// The first of them.
    var fault: CheckFault?

    var requests: Int { times.count + failures }

    /// The smallest time that so many of a hundred requests do not exceed (nearest rank); nil without any.
    func percentile(_ share: Int) -> UInt64? {
      times.isEmpty ? nil : times[min(max((times.count * share + 99) / 100, 1), times.count) - 1]
    }

    /// In requests of a hundred.
    var failureShare: Double { requests == 0 ? 0 : Double(failures) * 100 / Double(requests) }
  }

  /// What does not answer is not asked further by a thread.
  private static let failuresInARow = 10

  var requests: ChatRequests
  var cohort: Cohort
  var role = ContextRole.client
  /// One for each thread; may be the same.
  var users: [String]

  /// Sends the texts, each once. Returns when all are answered, or the limit has passed.
  func send(_ texts: [String], _ limit: TimeLimit) throws(CheckFault) -> Outcome {
    let tally = Tally(texts)
    var threads: [WorkerThread] = []
    defer { for thread in threads { thread.join() } }
    for (number, user) in users.prefix(texts.count).enumerated() {
      do throws(SystemError) {
        threads.append(try WorkerThread(name: "chat-\(number)") { talk(user, tally, limit) })
      } catch { throw CheckFault("no more threads: \(error)", advice: "Lower --concurrency.") }
    }
    for thread in threads { thread.join() }
    return tally.outcome
  }

  private func talk(_ user: String, _ tally: Tally, _ limit: TimeLimit) {
    let talk = ChatTalk(ContextOwner(role, user), expecting: cohort, requests)
    var inARow = 0
    while inARow < Self.failuresInARow, !limit.hasPassed, let text = tally.next() {
      let begin = MonotonicClock.now()
      do throws(CheckFault) {
        try talk.say(text, limit)
        tally.succeed(after: MonotonicClock.now() - begin)
        inARow = 0
      } catch {
        tally.fail(error)
        inARow += 1
      }
    }
  }

  /// What the threads share.
  private final class Tally: Sendable {
    private let state: Mutex<(texts: ArraySlice<String>, outcome: Outcome)>

    init(_ texts: [String]) { state = Mutex((texts[...], Outcome())) }

    func next() -> String? { state.withLock { $0.texts.popFirst() } }
    func succeed(after nanoseconds: UInt64) { state.withLock { $0.outcome.times.append(nanoseconds) } }

    func fail(_ fault: CheckFault) {
      state.withLock { state in
        state.outcome.failures += 1
        if state.outcome.fault == nil { state.outcome.fault = fault }
      }
    }

    var outcome: Outcome {
      state.withLock { state in
        var outcome = state.outcome
        outcome.times.sort()
        return outcome
      }
    }
  }
}
