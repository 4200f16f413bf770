import Proxy
import Reactor

/// Checks across keys: values that are valid one by one but conflict with each other.
extension Configuration {
  package func validate() -> [ConfigurationProblem] {
    var problems: [ConfigurationProblem] = []
    checkListeners(&problems)
    checkSocket(&problems)
    checkServers(proxy.legacy, Self.legacyServers, option: "--legacy", &problems)
    checkServers(proxy.unified, Self.unifiedServers, option: "--unified", &problems)
    checkRoutes(&problems)
    checkLimits(&problems)
    return problems
  }

  /// The source of the value of `key`; for a default the file, if there is one.
  package func origin(of key: String) -> Origin {
    origins[key] ?? file.map { .file($0, line: nil) } ?? .standard
  }

  private func problem(_ key: String, _ text: String) -> ConfigurationProblem {
    ConfigurationProblem(origin(of: key), key, text)
  }

  /// Port 0 is a different port every time.
  private func checkListeners(_ problems: inout [ConfigurationProblem]) {
    var seen: Set<Endpoint> = []
    for (index, endpoint) in proxy.listen.enumerated() where endpoint.port != 0 {
      if !seen.insert(endpoint).inserted {
        problems.append(problem("listen[\(index)]", "\(endpoint) is listened on already"))
      }
    }
    if seen.contains(admin) {
      problems.append(problem("admin", "\(admin) is also an address of listen; it needs one of its own"))
    }
  }

  private func checkSocket(_ problems: inout [ConfigurationProblem]) {
    guard let path = adminSocket, SocketAddress.unix(path: path) == nil else { return }
    let key = adminSocketChoice == .inState ? "state" : "admin_socket"
    problems.append(
      problem(key, "the socket \(path) is longer than the 107 bytes that one may have; give admin_socket: PATH or none")
    )
  }

  private func checkServers(
    _ cohort: CohortSettings, _ key: String, option: String, _ problems: inout [ConfigurationProblem]
  ) {
    // Invalid servers are already reported.
    if cohort.servers.isEmpty, origins[key] == nil {
      let place = file == nil ? ":" : ", here or with"
      problems.append(problem(key, "missing; expected at least one server\(place) \(option) http://HOST:PORT"))
    }
    for (index, server) in cohort.servers.enumerated() {
      let place = "\(key)[\(index)]"
      if cohort.servers[..<index].contains(server) {
        problems.append(problem(place, "http://\(server) is given more than once"))
      }
      if proxy.listen.contains(server) || server == admin {
        problems.append(problem(place, "http://\(server) is an address of this proxy itself: requests would go round"))
      }
    }
  }

  private func checkRoutes(_ problems: inout [ConfigurationProblem]) {
    var seen: Set<String> = []
    for (index, route) in proxy.routes.enumerated() where !seen.insert(route.path).inserted {
      problems.append(problem("routes[\(index)].path", "\(route.path) is routed already"))
    }
    if !seen.contains("/") {
      problems.append(problem("routes", "the route with path: / is missing; it takes what no other route takes"))
    }
    let count = proxy.flagNames.count
    if count > Ranges.flags {
      problems.append(problem("routes", "found \(count) different flags, expected at most \(Ranges.flags)"))
    }
  }

  private func checkLimits(_ problems: inout [ConfigurationProblem]) {
    let limits = proxy.limits
    if limits.targetBytes > limits.headBytes {
      let (target, head) = (SizeText.text(limits.targetBytes), SizeText.text(limits.headBytes))
      problems.append(
        problem("limits.target_bytes", "found \(target), expected at most head_bytes, which is \(head)"))
    }
    for (name, bytes) in [("head_bytes", limits.headBytes), ("trailer_bytes", limits.trailerBytes)]
    where limits.bufferBytes < bytes + Ranges.bufferBeyondHead {
      let (found, least) = (SizeText.text(limits.bufferBytes), SizeText.text(bytes + Ranges.bufferBeyondHead))
      let text = "found \(found), expected at least \(least): 8 KiB more than \(name)"
      problems.append(problem("limits.buffer_bytes", text))
    }
  }
}
