/// The TTLs that a migration sets, in milliseconds. Everything that writes for the migration takes them from here.
///
///     conversation     the remaining TTL of the legacy key, or `standard` where that never expires
///     legacy key       `legacy`, up to the next marked moment (`MigratedMarker`), so that a rollback finds it and the next
///                      run recognises it; unchanged where it expires later or never, or where `legacy` is 0
struct MigratedTTL {
  /// For a conversation whose legacy key never expires.
  var standard: Int
  /// For the legacy key; 0: unchanged.
  var legacy: Int

  /// - Parameter remaining: the TTL of the legacy key; nil: it never expires.
  func conversation(remaining: Int?) -> Int { max(remaining ?? standard, 1) }

  /// When the legacy key expires from now on, in milliseconds since 1970; nil: unchanged.
  func legacyExpiry(remaining: Int?, now: Int) -> Int? {
    guard legacy > 0, let remaining, remaining < legacy else { return nil }
    return MigratedMarker.moment(now: now, keep: legacy)
  }

  /// The same in Lua. A remaining TTL of -1 stands for a key that never expires.
  static let lua =
    MigratedMarker.lua + """
      local function conversationTTL(remaining, standard)
        if remaining == -1 then return standard end
        return math.max(remaining, 1)
      end

      """
}

/// Marks a migrated legacy key by the moment at which it expires.
///
/// Every such key expires 1,037.017 s after a full hour. A long TTL alone proves nothing: the application may keep its
/// contexts longer than this program was told, and the migration must not skip them. Any write of the application sets
/// another expiry, and the context is due again. The chance that a write falls on a marked moment is 1 in 36,000, and only
/// keys with a TTL above the longest lifetime of a context are considered.
enum MigratedMarker {
  /// In milliseconds.
  static let period = 3_600_000
  static let mark = 1_037_017
  /// Clocks are read some milliseconds apart.
  static let tolerance = 50

  /// The first marked moment at or after `now + keep`.
  static func moment(now: Int, keep: Int) -> Int {
    let earliest = now + keep
    return earliest + (mark - earliest % period + period) % period
  }

  /// - Parameters:
  ///   - left: the TTL.
  ///   - longest: the longest TTL of a context in use.
  static func isKept(left: Int, now: Int, longest: Int) -> Bool {
    left > longest && (now + left - mark + tolerance) % period <= 2 * tolerance
  }

  /// The same in Lua, with the server's clock.
  static let lua = """
    local clock = redis.call('TIME')
    local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
    local function isKept(left, longest)
      return left > longest and (now + left - \(mark) + \(tolerance)) % \(period) <= 2 * \(tolerance)
    end
    -- A key that expires later or never stays as it is.
    local function keepLegacy(key, left, keep)
      if keep == 0 or left < 0 or left >= keep then return end
      local earliest = now + keep
      redis.call('PEXPIREAT', key, string.format('%.0f', earliest + (\(mark) - earliest) % \(period)))
    end

    """
}
