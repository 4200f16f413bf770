import Admin
import FlagStore
import Flags
import Glibc
import Reactor

/// Asks the proxy until it decides by a flag as it was just written.
struct Confirmation {
  enum Result {
    case inForce(generation: UInt64, milliseconds: Double)
    /// The flag was changed again before the proxy was asked.
    case superseded(Flag)
    /// Time is over; what the proxy said last.
    case notInForce(StatusDocument)
    /// The proxy has no route that asks this flag.
    case notAsked(StatusDocument)
    case unreachable(AdminError)
    /// `--wait 0s`.
    case notAwaited
  }

  let flag: Flag
  let file: FlagFile
  let client: AdminClient
  let start: UInt64
  let deadline: UInt64

  func wait() -> Result {
    guard MonotonicClock.now() < deadline else { return .notAwaited }
    var pause: UInt32 = 1_000
    while true {
      let now = MonotonicClock.now()
      let status: StatusDocument
      do throws(AdminError) {
        // An answer that is slow in coming is waited for a little longer than the change itself.
        status = try client.status(within: max(deadline &- min(now, deadline), 250_000_000)).document
      } catch {
        return .unreachable(error)
      }
      if let result = result(of: status) { return result }
      guard MonotonicClock.now() < deadline else { return .notInForce(status) }
      usleep(pause)
      pause = min(pause + pause / 8, 50_000)
    }
  }

  /// Nil while the change may still come.
  private func result(of status: StatusDocument) -> Result? {
    guard let seen = status.flags.first(where: { $0.name == flag.name }) else { return .notAsked(status) }
    if seen == StatusDocument.FlagState(flag) {
      let passed = MonotonicClock.now() &- start
      return .inForce(generation: status.generation, milliseconds: Double(passed) / 1e6)
    }
    // A proxy that reads another file may have any revision; only our own file tells that ours was replaced.
    guard seen.revision > flag.revision, let stored = try? file.flag(named: flag.name), stored != flag else {
      return nil
    }
    return .superseded(stored)
  }
}
