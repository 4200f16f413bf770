extension ProxySettings {
  /// Descriptors that are kept for listeners, pollers, the admin port and files.
  static let reservedDescriptors = 320

  /// The most client connections of each worker with which descriptors are left for connections to the servers and for
  /// the control plane, when the process may have `descriptors` open; at most what is configured, below 1 when there are
  /// too few for anything.
  package func clientConnections(withinDescriptors descriptors: Int) -> Int {
    let servers = legacy.servers.count + unified.servers.count
    let forClients = (descriptors - Self.reservedDescriptors) / max(1, workers) - servers * limits.serverConnections
    return min(limits.clientConnections, forClients)
  }
}
