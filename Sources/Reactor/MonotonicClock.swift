internal import CLinux

/// Time since boot, in nanoseconds: never set back, read through the vDSO without entering the kernel (about 20 ns).
public enum MonotonicClock {
  @inline(__always)
  public static func now() -> UInt64 {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(truncatingIfNeeded: time.tv_sec) &* 1_000_000_000 &+ UInt64(truncatingIfNeeded: time.tv_nsec)
  }
}

/// Time since 1970 (UTC).
public enum WallClock {
  /// Whole seconds, from a clock that ticks every few milliseconds and costs least.
  @inline(__always)
  public static func seconds() -> Int {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_REALTIME_COARSE, &time)
    return time.tv_sec
  }

  /// Nanoseconds since 1970, exact.
  public static func now() -> UInt64 {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
    return UInt64(truncatingIfNeeded: time.tv_sec) &* 1_000_000_000 &+ UInt64(truncatingIfNeeded: time.tv_nsec)
  }
}
