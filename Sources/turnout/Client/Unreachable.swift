import Configuration

/// What to do when nobody answers.
enum Unreachable {
  static func text(_ error: AdminError, _ system: Configuration) -> String {
    text(error, .tcp(system.admin), system)
  }

  static func text(_ error: AdminError, _ place: AdminEndpoint, _ system: Configuration) -> String {
    let shown = "\(place) (\(source(of: place, system)))"
    switch error {
    case .unreachable(let reason):
      return """
        No proxy answers at \(shown): \(reason).
        Is turnout serve running, and not stopped? For another address give --admin HOST:PORT or set TURNOUT_ADMIN.
        """
    case .unexpected, .refused:
      return """
        No admin port at \(shown): \(error).
        For another address give --admin HOST:PORT or set TURNOUT_ADMIN.
        """
    }
  }

  private static func source(of place: AdminEndpoint, _ system: Configuration) -> String {
    guard case .tcp = place else { return "its socket" }
    return system.origins["admin"].map { "from \($0)" } ?? "the default"
  }
}
