import Configuration

/// What to do when nobody answers.
enum Unreachable {
  static func text(_ error: AdminError, _ system: Configuration) -> String {
    switch error {
    case .unreachable(let reason):
      """
      No proxy answers at \(system.admin) (\(source(system))): \(reason).
      Is turnout serve running, and not stopped? For another address give --admin HOST:PORT or set TURNOUT_ADMIN.
      """
    case .unexpected(let reason):
      """
      No admin port at \(system.admin) (\(source(system))): \(reason).
      For another address give --admin HOST:PORT or set TURNOUT_ADMIN.
      """
    }
  }

  private static func source(_ system: Configuration) -> String {
    system.origins["admin"].map { "from \($0)" } ?? "the default"
  }
}
