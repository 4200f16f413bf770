internal import Bytes
internal import Concurrency
internal import FlagStore
internal import Flags
internal import JSON
internal import LocalServer

/// The cohorts over time, from memory. Neither call blocks.
package struct HistoryView: Sendable {
  /// Compares unified with legacy over the last seconds, or since the last change of the split. Without a name, for the
  /// first flag; nil when there is no such flag.
  package var comparison: @Sendable (_ flag: String?, _ sinceSeconds: Int?) -> ComparisonDocument?
  /// Windows of 1 or 60 seconds since `from` (seconds since 1970). Nil when there is no such flag.
  package var windows: @Sendable (_ flag: String?, _ resolution: Int, _ from: Double) -> WindowsDocument?

  package init(
    comparison: @escaping @Sendable (_ flag: String?, _ sinceSeconds: Int?) -> ComparisonDocument?,
    windows: @escaping @Sendable (_ flag: String?, _ resolution: Int, _ from: Double) -> WindowsDocument?
  ) {
    self.comparison = comparison
    self.windows = windows
  }
}

// The paths about the cohorts over time.
extension AdminView {
  var historyRoutes: [AdminRoute] {
    [
      AdminRoute("GET", "/api/v1/compare", .reads, deferred: { comparison($0) }),
      AdminRoute("GET", "/api/v1/windows", .reads, deferred: { windows($0) }),
    ]
  }

  private func comparison(_ call: AdminCall) -> Reply {
    run(call) { history, query, flag in
      history.comparison(flag, query.sinceSeconds).map { .json(JSONText.body($0)) }
    }
  }

  /// By default the last 15 minutes by the second, or 3 hours by the minute.
  private func windows(_ call: AdminCall) -> Reply {
    run(call) { history, query, flag in
      let from = query.from ?? Double(Timestamp.nowSeconds() - (query.resolution == 1 ? 900 : 10_800))
      return history.windows(flag, query.resolution, from).map { .json(JSONText.body($0)) }
    }
  }

  private func run(
    _ call: AdminCall, _ body: @escaping @Sendable (HistoryView, HistoryQuery, String) -> Response?
  ) -> Reply {
    guard let history, let queries else {
      return .now(ErrorBody(error: "This proxy records no windows.").response(status: 503))
    }
    do throws(QueryError) {
      let query = try HistoryQuery(call.request.query)
      let flag = try chosenFlag(query.flag)
      return queries.run {
        (body(history, query, flag) ?? QueryError("No route uses that flag.", status: 404).response).notStored
      }
    } catch {
      return .now(error.response)
    }
  }
}

/// The query of these paths.
struct HistoryQuery {
  private(set) var flag: String?
  /// `nil` means since the last change of the split.
  private(set) var sinceSeconds: Int?
  private(set) var resolution = 60
  /// Seconds since 1970; nil: the default of the resolution.
  private(set) var from: Double?

  init(_ query: String) throws(QueryError) {
    let parameters = try QueryParameters(query, known: ["flag", "since", "resolution", "from"])
    flag = try parameters.flag()
    if let since = parameters["since"] { try readSince(since) }
    if let resolution = parameters["resolution"] { try readResolution(resolution) }
    if let from = parameters["from"] { try readFrom(from) }
  }

  /// Units with their seconds and the largest number of them: at most a week.
  private static let units: [Character: (seconds: Int, limit: Int)] = [
    "s": (1, 99_999), "m": (60, 9_999), "h": (3_600, 168), "d": (86_400, 7),
  ]

  private mutating func readSince(_ value: String) throws(QueryError) {
    guard value != "stage" else { return }
    let digits = value.dropLast()
    guard let unit = value.last.flatMap({ Self.units[$0] }), digits.first != "0", digits.utf8.allSatisfy(ASCII.isDigit),
      let number = Int(digits), number <= unit.limit
    else { throw QueryError("since is neither stage nor a period from 1s to 7d, such as 900s, 15m or 2h.") }
    sinceSeconds = number * unit.seconds
  }

  private mutating func readResolution(_ value: String) throws(QueryError) {
    guard value == "1" || value == "60" else { throw QueryError("resolution is neither 1 nor 60 (seconds).") }
    resolution = value == "1" ? 1 : 60
  }

  private mutating func readFrom(_ value: String) throws(QueryError) {
    let parts = value.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let isNumber = parts.allSatisfy { (1...11).contains($0.utf8.count) && $0.utf8.allSatisfy(ASCII.isDigit) }
    guard isNumber, let number = Double(value) else {
      throw QueryError("from is not a time in seconds since 1970, such as 1767225600.")
    }
    from = number
  }
}
