import FlagStore
import Flags
import Redis

extension Scalar where Value == FlagLocation {
  /// A file, or the address of a Redis server.
  static var flagPlace: Scalar {
    Scalar(
      "the path of a file, redis://HOST:PORT/DB, rediss://HOST:PORT/DB or unix:/PATH?db=N",
      hint: { RedisText.fault(of: $0)?.description }, shown: { RedisText.masked($0) },
      parse: { text in
        guard RedisText.isAddress(text) else { return Scalar<String>.filePath.parse(text).map { .file($0) } }
        return (try? RedisAddress(parsing: text)).map { .redis(RedisFlagLocation(address: $0)) }
      })
  }
}

/// What is meant for an address, right or wrong.
package enum RedisText {
  static func isAddress(_ text: String) -> Bool {
    text.contains("://") || ["redis:", "rediss:", "unix:"].contains { text.hasPrefix($0) }
  }

  static func fault(of text: String) -> RedisAddressFault? {
    guard isAddress(text) else { return nil }
    do throws(RedisAddressFault) { _ = try RedisAddress(parsing: text) } catch { return error }
    return nil
  }

  /// Without what may be a password: all between the scheme and the last @.
  package static func masked(_ text: String) -> String {
    guard isAddress(text), let at = text.lastIndex(of: "@") else { return text }
    let scheme = text.firstRange(of: "://").map { text[..<$0.upperBound] } ?? ""
    return (scheme.contains("@") ? "" : scheme) + "***" + text[at...]
  }
}

extension Scalar where Value == StoreLossPolicy {
  static var lossPolicy: Scalar {
    Scalar("hold, or legacy after a duration from 1s to 24h, such as legacy after 60s") { text in
      guard text != "hold" else { return .hold }
      guard text.hasPrefix("legacy after ") else { return nil }
      let time = DurationText.parse(String(text.dropFirst("legacy after ".count)))
      return time.flatMap { Ranges.storeLoss.contains($0) ? .legacy(afterNanoseconds: $0) : nil }
    }
  }
}

extension Scalar where Value == Percentage {
  static var step: Scalar {
    Scalar("percentage points from 0.001 to 100, with up to three decimals") { text in
      PercentageText.parse(text).flatMap { $0.threshold > 0 ? $0 : nil }
    }
  }
}
