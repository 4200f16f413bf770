internal import CLinux

/// Unpredictable random bytes.
public enum RandomBytes {
  /// At most 256 bytes, which one call returns whole (getrandom(2)).
  public static func make(_ count: Int) throws(SystemError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let made = retryingInterrupted { unsafe getrandom(&bytes, count, 0) }
    guard made == count else { throw .last("getrandom") }
    return bytes
  }
}
