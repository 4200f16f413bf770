import Glibc

/// Polls until the condition holds. The default limit is generous because a loaded machine may be slow: a test that
/// passes never waits for it.
/// - Returns: whether the condition held within the time.
@discardableResult
package func eventually(within limit: Duration = .seconds(10), _ condition: () throws -> Bool) rethrows -> Bool {
  let deadline = ContinuousClock.now + limit
  while true {
    if try condition() { return true }
    guard ContinuousClock.now < deadline else { return false }
    pause(.milliseconds(2))
  }
}

/// Blocks the thread for at least this long.
package func pause(_ duration: Duration) { usleep(UInt32(duration / .microseconds(1))) }
