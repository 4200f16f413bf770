package import FlagStore
package import Flags
internal import Reactor
import Redis
import YAML

/// The section `flag_store`: settings of the store besides its location.
package struct FlagStoreSettings: Sendable, Equatable {
  /// Prefix of every key in Redis.
  package var keyPrefix = ""
  /// For rediss://; nil: the system's certificates.
  package var caFile: String?
  package var onLoss = StoreLossPolicy.hold
  /// How many points `turnout set` may raise a percentage without a confirmation.
  package var largestStep = Percentage(threshold: 50_000) ?? .zero

  package init() {}
}

extension FlagLocation {
  /// Adds the settings of the section, wherever the address comes from.
  func with(_ settings: FlagStoreSettings) -> FlagLocation {
    guard case .redis(var redis) = self else { return self }
    (redis.keyPrefix, redis.caFile) = (settings.keyPrefix, settings.caFile)
    return .redis(redis)
  }
}

/// The keys about flags and the state of this proxy.
extension DocumentReader {
  mutating func readFlagStore(_ top: Section, into configuration: inout Configuration) {
    read("flags", of: top, as: .flagLocation, into: &configuration.flags)
    // A wrong or missing path leaves the default, which is beside the file as well.
    if case .file(let path) = configuration.flags { configuration.flags = .file(besideFile(path)) }
    let known = ["key_prefix", "ca_file", "on_loss", "largest_step"]
    guard let section = section(top.values["flag_store"], at: "flag_store", known: known) else { return }
    var settings = configuration.flagStore
    read("key_prefix", of: section, as: .keyPrefix, into: &settings.keyPrefix)
    var caFile = ""
    read("ca_file", of: section, as: .filePath, into: &caFile)
    if !caFile.isEmpty { settings.caFile = besideFile(caFile) }
    read("on_loss", of: section, as: .lossPolicy, into: &settings.onLoss)
    read("largest_step", of: section, as: .step, into: &settings.largestStep)
    configuration.flagStore = settings
    configuration.flags = configuration.flags.with(settings)
  }

  mutating func readProxyState(_ top: Section, into configuration: inout Configuration) {
    read("name", of: top, as: .proxyName, into: &configuration.name)
    read("state", of: top, as: .folderPath, into: &configuration.state)
    configuration.state = besideFile(configuration.state)
    read("admin_socket", of: top, as: .adminSocket, into: &configuration.adminSocketChoice)
    if case .path(let path) = configuration.adminSocketChoice {
      configuration.adminSocketChoice = .path(besideFile(path))
    }
    guard let node = top.values["admin_hosts"],
      let items = items(node, at: "admin_hosts", of: "host names", atMost: Ranges.adminHosts)
    else { return }
    configuration.adminHosts = values(of: items, at: "admin_hosts", as: .hostName)
  }
}

extension Scalar where Value == FlagLocation {
  /// A file, or the address of a Redis server.
  static var flagLocation: Scalar {
    Scalar(
      "the path of a file, redis://HOST:PORT/DB, rediss://HOST:PORT/DB or unix:/PATH?db=N",
      hint: { RedisText.error(of: $0)?.description }, shown: { RedisText.masked($0) },
      parse: { text in
        guard RedisText.isAddress(text) else { return Scalar<String>.filePath.parse(text).map { .file($0) } }
        return (try? RedisAddress(parsing: text)).map { .redis(RedisFlagLocation(address: $0)) }
      })
  }
}

/// Text that is meant as an address, valid or not.
package enum RedisText {
  static func isAddress(_ text: String) -> Bool {
    text.contains("://") || ["redis:", "rediss:", "unix:"].contains { text.hasPrefix($0) }
  }

  static func error(of text: String) -> RedisAddressError? {
    guard isAddress(text) else { return nil }
    do throws(RedisAddressError) { _ = try RedisAddress(parsing: text) } catch { return error }
    return nil
  }

  /// Without a possible password: everything between the scheme and the last @.
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
      return time.flatMap { Ranges.storeLoss.contains($0) ? .legacy(after: .nanoseconds(clamping: $0)) : nil }
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
