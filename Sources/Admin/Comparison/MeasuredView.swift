/// What the admin port tells of the cohorts over time. Both answer from memory and never wait.
package struct MeasuredView: Sendable {
  /// How unified stands to legacy: of that flag, or of the first one; over the last so many seconds, or since the split
  /// was last changed. Nil when there is no such flag.
  package var comparison: @Sendable (_ flag: String?, _ sinceSeconds: Int?) -> ComparisonDocument?
  /// What was counted, in windows of 1 or 60 seconds, from that moment (seconds since 1970) on. Nil when there is no such
  /// flag.
  package var windows: @Sendable (_ flag: String?, _ resolution: Int, _ from: Double) -> WindowsDocument?

  package init(
    comparison: @escaping @Sendable (_ flag: String?, _ sinceSeconds: Int?) -> ComparisonDocument?,
    windows: @escaping @Sendable (_ flag: String?, _ resolution: Int, _ from: Double) -> WindowsDocument?
  ) {
    self.comparison = comparison
    self.windows = windows
  }
}
