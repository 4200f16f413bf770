import Configuration
import FlagStore
import Flags
import Proxy

/// What a sound configuration comes to, in a few lines.
struct CheckReport {
  let configuration: Configuration
  let flags: FlagDocument

  var text: String {
    let proxy = configuration.proxy
    let rows: [(String, [String])] = [
      ("listen", [proxy.listen.map(\.description).joined(separator: ", ")]),
      ("admin", [configuration.admin.description]),
      ("workers", ["\(proxy.workers)"]),
      ("legacy", [Self.cohort(proxy.legacy)]),
      ("unified", [Self.cohort(proxy.unified)]),
      ("routes", proxy.routes.map(route)),
      ("user key", [userKey]),
      ("flags", [configuration.place] + unasked),
      ("contexts", contexts),
      ("log", accessLog),
      ("changed", changed),
    ]
    let lines = rows.flatMap { name, values in
      values.enumerated().map { Column.left($0.offset == 0 ? name : "", 10) + $0.element }
    }
    let file = configuration.file ?? "The command line"
    return (["\(file) and \(configuration.place) are good."] + lines + notes).joined(separator: "\n") + "\n"
  }

  private static func cohort(_ cohort: CohortSettings) -> String {
    cohort.servers.map { "http://\($0)\(cohort.pathPrefix)" }.joined(separator: ", ")
  }

  private func route(_ route: RouteSettings) -> String {
    switch route.target {
    case .cohort(let cohort): "\(route.path) -> \(cohort)"
    case .flag(let name): "\(route.path) -> \(name), \(flags.flag(named: name).map(ChangeReport.state) ?? "unknown")"
    }
  }

  private var userKey: String {
    let sources = configuration.proxy.userKey.sources.map { source in
      switch source {
      case .header(let name): "header \(name)"
      case .cookie(let name): "cookie \(name)"
      case .query(let name): "query \(name)"
      case .jwtClaim(let name): "claim \(name)"
      }
    }
    return sources.joined(separator: ", else ") + "; without one: \(configuration.proxy.userKey.anonymous.rawValue)"
  }

  /// Nothing where there is none.
  private var accessLog: [String] {
    let log = configuration.proxy.accessLog
    let place: String
    switch log.destination {
    case .none: return []
    case .standardOutput: place = "standard output"
    case .file(let path): place = path
    }
    let user = log.user == .hash ? "a hash" : log.user.rawValue
    let sample = log.sample < 1 ? ", successes by a share of \(log.sample)" : ""
    return ["\(place), as \(log.format.rawValue), user: \(user)\(sample)"]
  }

  /// Nothing where they are not watched.
  private var contexts: [String] {
    let settings = configuration.contexts
    guard let address = settings.address else { return [] }
    let counted = settings.countEvery.map { "counted every \(DurationText.text($0))" } ?? "not counted"
    return ["\(address), keys \(counted)"]
  }

  private var unasked: [String] {
    let names = flags.names.filter { !configuration.proxy.flagNames.contains($0) }
    return names.isEmpty ? [] : ["no route asks \(names.joined(separator: ", "))"]
  }

  /// Timeouts and limits that are not the default.
  private var changed: [String] {
    let (timeouts, limits) = (configuration.proxy.timeouts, configuration.proxy.limits)
    var lines: [String] = []
    for field in TimeoutField.all where timeouts[keyPath: field.value] != TimeoutSettings()[keyPath: field.value] {
      let standard = DurationText.text(TimeoutSettings()[keyPath: field.value])
      lines.append("timeouts.\(field.key) \(DurationText.text(timeouts[keyPath: field.value])) (default \(standard))")
    }
    for field in LimitField.all where limits[keyPath: field.value] != LimitSettings()[keyPath: field.value] {
      lines.append("limits.\(field.key) \(field.text(in: limits)) (default \(field.text(in: LimitSettings())))")
    }
    if limits.requestBodyBytes > 0 {
      lines.append("limits.\(LimitField.requestBodyKey) \(SizeText.text(limits.requestBodyBytes)) (default none)")
    }
    return lines
  }

  private var notes: [String] {
    let proxy = configuration.proxy
    guard proxy.legacy == proxy.unified else { return [] }
    return ["note: legacy and unified are the same servers with the same prefix"]
  }
}
