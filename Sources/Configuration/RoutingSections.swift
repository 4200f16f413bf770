import Flags
import Proxy
import YAML

/// The sections `routes` and `user_key`.
extension DocumentReader {
  mutating func readRoutes(_ node: YAMLNode?, into proxy: inout ProxySettings) {
    guard let items = items(node, at: "routes", of: "routes", atMost: Ranges.routes) else { return }
    var routes: [RouteSettings] = []
    for (index, item) in items.enumerated() {
      if let route = route(item, at: "routes[\(index)]") { routes.append(route) }
    }
    // An invalid route is reported. The rest without it would cause further errors that are not real.
    if routes.count == items.count { proxy.routes = routes }
  }

  private mutating func route(_ node: YAMLNode, at key: String) -> RouteSettings? {
    guard let section = section(node, at: key, known: ["path", "flag", "cohort"]) else {
      if node.isNothing { report(key, line: node.line, "found nothing, expected path: with flag: or cohort:") }
      return nil
    }
    var path: String?
    if let node = section.values["path"] {
      path = value(of: node, at: key + ".path", as: .routePath)
    } else {
      report(key, line: section.line, "path: is missing")
    }
    guard let target = target(of: section, at: key), let path else { return nil }
    return RouteSettings(path: path, target: target)
  }

  private mutating func target(of section: Section, at key: String) -> RouteSettings.Target? {
    switch (section.values["flag"], section.values["cohort"]) {
    case (let flag?, nil): return value(of: flag, at: key + ".flag", as: .flagName).map { .flag($0) }
    case (nil, let cohort?): return value(of: cohort, at: key + ".cohort", as: .cohort).map { .cohort($0) }
    case (nil, nil): report(key, line: section.line, "flag: or cohort: is missing; one of them must say where to")
    default: report(key, line: section.line, "found flag: and cohort:, expected one of them")
    }
    return nil
  }

  mutating func readUserKey(_ top: Section, into userKey: inout UserKeySettings) {
    let known = ["sources", "anonymous", "anonymous_cookie"]
    guard let section = section(top.values["user_key"], at: "user_key", known: known) else { return }
    read("anonymous", of: section, as: .choice, into: &userKey.anonymous)
    read("anonymous_cookie", of: section, as: .ownCookieName, into: &userKey.anonymousCookie)
    let key = "user_key.sources"
    let node = section.values["sources"]
    guard let items = items(node, at: key, of: "sources", atMost: Ranges.userKeySources) else { return }
    userKey.sources = []
    for (index, item) in items.enumerated() {
      guard let source = source(item, at: "\(key)[\(index)]") else { continue }
      if userKey.sources.contains(source) {
        report("\(key)[\(index)]", line: item.line, "is the same as one before it")
      }
      userKey.sources.append(source)
    }
  }

  private mutating func source(_ node: YAMLNode, at key: String) -> UserKeySettings.Source? {
    let known = ["header", "cookie", "query", "jwt_claim"]
    let before = problems.count
    guard let section = section(node, at: key, known: known), let (kind, name) = section.values.first,
      section.values.count == 1
    else {
      if problems.count == before {
        report(key, line: node.line, "found \(node.found), expected one of header:, cookie:, query: or jwt_claim:")
      }
      return nil
    }
    let path = "\(key).\(kind)"
    switch kind {
    case "header": return value(of: name, at: path, as: .headerName).map { .header($0) }
    case "cookie": return value(of: name, at: path, as: .cookieName).map { .cookie($0) }
    case "query": return value(of: name, at: path, as: .queryName).map { .query($0) }
    default: return value(of: name, at: path, as: .claimName).map { .jwtClaim($0) }
    }
  }
}

extension Scalar where Value == Cohort {
  fileprivate static var cohort: Scalar {
    Scalar("legacy or unified") { name in Cohort.allCases.first { $0.description == name } }
  }
}
