import Conversations
import Glibc
import Reactor
import Redis
import Synchronization

/// A walk through the contexts: it shows how far it is, can be interrupted, and has a file for what needs a look.
struct ContextWalk {
  let file: UnreadableFile
  private let interruption: Interruption
  private let progress = WalkProgress()
  private let meter: MigrationMeter

  /// - Parameter report: where the file goes; nil: of this moment, in the working folder.
  init(_ command: String, report: String?) throws {
    file = UnreadableFile(report, of: command)
    do throws(SystemError) {
      interruption = try Interruption()
      let progress = progress
      meter = try MigrationMeter { progress.line(after: $0) }
    } catch {
      throw failure(.failed, error.description)
    }
  }

  var isInterrupted: Bool { interruption.isAsked }
  var seconds: Double { meter.seconds }

  func reach(seen: Int, unreadable: Int, share: Double) { progress.reach(seen, unreadable, share) }

  /// Runs `body` with a connection; nothing more is shown after it. What it throws comes back.
  func run<Result>(
    _ place: ContextLocation, as name: String,
    _ body: (inout RedisConnection) throws(MigrationFailure) -> Result
  ) -> Swift.Result<Result, MigrationFailure> {
    defer { meter.end() }
    do throws(MigrationFailure) {
      var connection = try Self.connect(place, name)
      return .success(try body(&connection))
    } catch {
      return .failure(error)
    }
  }

  private static func connect(_ place: ContextLocation, _ name: String) throws(MigrationFailure) -> RedisConnection {
    do throws(RedisError) { return try place.connect(as: name, replyLimit: ContextReader.replyLimit) } catch {
      throw .redis(error)
    }
  }
}

/// How far it is, for the meter's thread.
private final class WalkProgress: Sendable {
  private let state = Mutex((seen: 0, unreadable: 0, share: 0.0))

  func reach(_ seen: Int, _ unreadable: Int, _ share: Double) { state.withLock { $0 = (seen, unreadable, share) } }

  func line(after seconds: Double) -> MigrationLine {
    let (seen, unreadable, share) = state.withLock { $0 }
    return MigrationLine(seen: seen, unreadable: unreadable, share: share, seconds: seconds)
  }
}

/// How far a migration is, or another walk through the contexts, on one line of at most 80 columns.
struct MigrationLine {
  var seen: Int
  var unreadable: Int
  /// Of the keys that were looked at: 0 to 1.
  var share: Double
  var seconds: Double

  init(seen: Int, unreadable: Int, share: Double, seconds: Double) {
    (self.seen, self.unreadable, self.share, self.seconds) = (seen, unreadable, share, seconds)
  }

  init(tally: MigrationTally, share: Double, seconds: Double) {
    self.init(seen: tally.seen, unreadable: tally.unreadable, share: share, seconds: seconds)
  }

  /// `[########            ]  41 %  410000 contexts  45600/s  13 s left`
  var bar: String {
    let filled = Int(share * 20)
    let marks = String(repeating: "#", count: filled) + String(repeating: " ", count: 20 - filled)
    return "[\(marks)] " + text
  }

  var text: String {
    let parts = [
      Column.right("\(Int(share * 100))", 3) + " %", Column.count(UInt64(seen)) + " contexts",
      rate, left, unreadable > 0 ? "\(Column.count(UInt64(unreadable))) unreadable" : nil,
    ]
    return parts.compactMap(\.self).joined(separator: "  ")
  }

  private var rate: String? {
    seconds > 0.5 ? Column.count(UInt64(Double(seen) / seconds)) + "/s" : nil
  }

  /// As long as it took so far for each share of the keys. Before there is a twentieth, anything would be a guess.
  private var left: String? {
    guard share >= 0.05, share < 1, seconds > 0.5 else { return nil }
    return Column.duration(seconds: Int((seconds / share * (1 - share)).rounded(.up))) + " left"
  }
}

/// Tells on standard error how far a migration is: a bar that moves on a terminal, a line every few seconds elsewhere.
final class MigrationMeter: Sendable {
  /// How far it is after so many seconds.
  private let line: @Sendable (Double) -> MigrationLine
  private let start = MonotonicClock.now()
  private let isTerminal: Bool
  private let isEnding = Atomic(false)
  private let thread = Mutex<WorkerThread?>(nil)

  private static let lineSeconds = 5.0

  convenience init(_ progress: MigrationProgress) throws(SystemError) {
    try self.init { MigrationLine(tally: progress.tally, share: progress.share, seconds: $0) }
  }

  init(_ line: @escaping @Sendable (Double) -> MigrationLine) throws(SystemError) {
    self.line = line
    isTerminal = isatty(STDERR_FILENO) == 1 && TerminalKind(SystemOptions.variable).isAddressable
    let started = try WorkerThread(name: "meter") { [self] in show() }
    thread.withLock { $0 = started }
  }

  var seconds: Double { Double(MonotonicClock.now() &- start) / 1e9 }

  /// Returns when nothing more is shown.
  func end() {
    isEnding.store(true, ordering: .relaxed)
    thread.withLock { $0 }?.join()
  }

  private func show() {
    var next = isTerminal ? 0.2 : Self.lineSeconds
    while !isEnding.load(ordering: .relaxed) {
      usleep(50_000)
      guard seconds >= next else { continue }
      let line = line(seconds)
      Console.write(isTerminal ? "\r\(line.bar)\u{1B}[K" : line.text + "\n", to: STDERR_FILENO)
      next += isTerminal ? 0.2 : Self.lineSeconds
    }
    if isTerminal { Console.write("\r\u{1B}[K", to: STDERR_FILENO) }
  }
}

/// The Redis in which a command looked for contexts, told with every result: another one than was meant looks empty.
struct LookedIn {
  let place: ContextLocation

  /// The line above a result; it shows no password.
  static func heading(_ redis: String) -> String { "In \(redis)\n" }

  /// Said on standard error where the command ends as if all were well.
  /// - Parameter what: what there is not one of, such as `legacy context`.
  func sayNothingFound(_ what: String, _ role: ContextRole?) {
    let who = role.map { " of role \($0.rawValue)" } ?? ""
    let text = "There is not one \(what)\(who) in \(place): is it the right one? --redis, REDIS_URL"
    Console.complain(Column.wrapped(text, 80).joined(separator: "\n"))
  }
}
