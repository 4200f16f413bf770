import Conversations
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
