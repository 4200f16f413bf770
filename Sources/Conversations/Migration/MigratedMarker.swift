/// When a legacy key expires that was migrated and is kept for a rollback: at a moment by which it is known again.
///
/// Every such key ends 1 037.017 s after a full hour. A lifetime that is merely long says nothing: the application may
/// keep its contexts longer than this program was told, and must not be passed over for that. Any write of the
/// application sets another expiry, and the context is due again. The chance that one falls on such a moment by itself is
/// 1 in 36 000, and of those only keys with more than a context's lifetime left are looked at.
enum MigratedMarker {
  /// In milliseconds.
  static let period = 3_600_000
  static let mark = 1_037_017
  /// Clocks are read some milliseconds apart.
  static let tolerance = 50

  /// The first marked moment that is `keep` or more after now.
  static func moment(now: Int, keep: Int) -> Int {
    let earliest = now + keep
    return earliest + (mark - earliest % period + period) % period
  }

  /// - Parameter left: until it expires; `longest`: more than that no context in use has left.
  static func isKept(left: Int, now: Int, longest: Int) -> Bool {
    left > longest && (now + left - mark + tolerance) % period <= 2 * tolerance
  }

  /// The same in Lua, with the time of the server.
  static let lua = """
    local clock = redis.call('TIME')
    local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
    local function isKept(left, longest)
      return left > longest and (now + left - \(mark) + \(tolerance)) % \(period) <= 2 * \(tolerance)
    end
    -- Keeps a key that would expire earlier; one that does not expire stays as it is.
    local function keepLegacy(key, left, keep)
      if keep == 0 or left < 0 or left >= keep then return end
      local earliest = now + keep
      redis.call('PEXPIREAT', key, string.format('%.0f', earliest + (\(mark) - earliest) % \(period)))
    end

    """
}
