import ArgumentParser
import Configuration
import Diagnostics
import MySQL
import Proxy

/// Arguments that name a place, checked when they are read.
enum EndpointArgument {
  /// `http://host:port`, of a service that has a port of its own.
  static func http(_ text: String, standardPort: UInt16) throws -> HTTPEndpoint {
    do throws(HTTPEndpoint.Fault) { return try HTTPEndpoint(parsing: text, standardPort: standardPort) } catch {
      throw ValidationError(error.description)
    }
  }

  static func mysql(_ text: String) throws -> MySQLAddress {
    do throws(MySQLAddressFault) { return try MySQLAddress(parsing: text) } catch {
      throw ValidationError(error.description)
    }
  }
}

extension SystemOptions {
  /// The admin port, for plain HTTP.
  func adminPlace() throws -> HTTPEndpoint {
    let port = try port(of: try locateAdmin())
    return HTTPEndpoint(host: port.host, port: port.port)
  }
}

/// How fast keys are walked over.
struct WalkOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Look at so many keys a second at most. Default: as fast as they come, 1000 at a time.", valueName: "keys"))
  var limitRate: Int?

  @Option(
    help: ArgumentHelp("Sum the proxies' counters over this time: 90s, 15m, 2h, 7d. Default: 15m.", valueName: "time"),
    transform: { text in try SinceTime(parsing: text) })
  var since: SinceTime?

  @Option(
    help: ArgumentHelp(
      "How long one check may take: 90s, 15m, 2h. Default: 10m for saves, dumps and the walk over the keys.",
      valueName: "time"), transform: { text in try SinceTime(parsing: text) })
  var timeout: SinceTime?

  func validate() throws {
    if let limitRate, limitRate < 1 { throw ValidationError("--limit-rate is a number of keys from 1 on.") }
  }

  var sinceText: String { (since ?? SinceTime(seconds: 900)).text }
  var timeoutNanoseconds: UInt64 { UInt64((timeout ?? SinceTime(seconds: 600)).seconds) * 1_000_000_000 }
}
