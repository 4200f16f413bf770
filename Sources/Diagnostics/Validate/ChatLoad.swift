internal import Conversations
internal import Flags
internal import Reactor
internal import Synchronization

/// Concurrent requests of several users, each user on a thread and a connection of its own.
struct ChatLoad: Sendable {
  struct Outcome: Sendable {
    /// Nanoseconds of the requests with status 200 from the expected cohort, shortest first.
    var times: [UInt64] = []
    var failures = 0
    /// Why the first of them failed.
    var firstError: CheckError?

    var requests: Int { times.count + failures }

    /// Nearest rank; nil without a successful request.
    func percentile(_ share: Int) -> UInt64? {
      times.isEmpty ? nil : times[min(max((times.count * share + 99) / 100, 1), times.count) - 1]
    }

    /// Percent.
    var failureShare: Double { requests == 0 ? 0 : Double(failures) * 100 / Double(requests) }
  }

  /// A thread gives up after this many failures in a row.
  private static let failuresInARow = 10

  var requests: ChatRequests
  var cohort: Cohort
  var role = ContextRole.client
  /// One per thread; the same user may occur several times.
  var users: [String]
  /// The conversation that all of them continue; nil: each its own.
  var conversation: ConversationID?
  var noting: TestUsers?

  /// Sends each text once. Returns when all have a response, or at the deadline.
  func send(_ texts: [String], _ deadline: Deadline) throws(CheckError) -> Outcome {
    let tally = Tally(texts)
    var threads: [WorkerThread] = []
    defer { for thread in threads { thread.join() } }
    for (number, user) in users.prefix(texts.count).enumerated() {
      do throws(SystemError) {
        threads.append(try WorkerThread(name: "chat-\(number)") { chat(user, tally, deadline) })
      } catch { throw CheckError("cannot start a thread: \(error)", advice: "Lower --concurrency.") }
    }
    for thread in threads { thread.join() }
    return tally.outcome
  }

  private func chat(_ user: String, _ tally: Tally, _ deadline: Deadline) {
    let session = ChatSession(
      ContextOwner(role, user), expecting: cohort, requests, continuing: conversation, noting: noting)
    var inARow = 0
    while inARow < Self.failuresInARow, !deadline.hasPassed, let text = tally.next() {
      let begin = MonotonicClock.now()
      do throws(CheckError) {
        try session.send(text, deadline)
        tally.succeed(after: MonotonicClock.now() - begin)
        inARow = 0
      } catch {
        tally.fail(error)
        inARow += 1
      }
    }
  }

  /// Shared by the threads.
  private final class Tally: Sendable {
    private let state: Mutex<(texts: ArraySlice<String>, outcome: Outcome)>

    init(_ texts: [String]) { state = Mutex((texts[...], Outcome())) }

    func next() -> String? { state.withLock { $0.texts.popFirst() } }
    func succeed(after nanoseconds: UInt64) { state.withLock { $0.outcome.times.append(nanoseconds) } }

    func fail(_ error: CheckError) {
      state.withLock { state in
        state.outcome.failures += 1
        if state.outcome.firstError == nil { state.outcome.firstError = error }
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
