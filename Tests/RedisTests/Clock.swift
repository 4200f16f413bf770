import Glibc

/// How long `body` takes, in milliseconds.
func milliseconds(_ body: () throws -> Void) rethrows -> Int {
  let start = ContinuousClock.now
  try body()
  return Int((ContinuousClock.now - start) / .milliseconds(1))
}
