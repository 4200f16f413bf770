internal import FlagStore
internal import Flags
internal import LocalServer
internal import Sharing

// How the cohorts did over time, from memory.
extension AdminView {
  var measuredRoutes: [AdminRoute] {
    [
      AdminRoute("GET", "/api/v1/compare", .reads, deferred: { comparison($0) }),
      AdminRoute("GET", "/api/v1/windows", .reads, deferred: { windows($0) }),
    ]
  }

  private func comparison(_ call: AdminCall) -> Reply {
    answer(call) { measured, query in
      measured.comparison(query.flag, query.sinceSeconds).map { .json(JSONText.of($0)) }
    }
  }

  /// A quarter of an hour by the second and three hours by the minute, unless asked for more.
  private func windows(_ call: AdminCall) -> Reply {
    answer(call) { measured, query in
      let from = query.from ?? Double(Timestamp.nowSeconds() - (query.resolution == 1 ? 900 : 10_800))
      return measured.windows(query.flag, query.resolution, from).map { .json(JSONText.of($0)) }
    }
  }

  private func answer(
    _ call: AdminCall, _ body: @escaping @Sendable (MeasuredView, MeasuredQuery) -> Response?
  ) -> Reply {
    guard let measured, let questions else {
      return .now(ErrorDocument(error: "This proxy does not count over time.").response(status: 503))
    }
    do throws(QueryFault) {
      let query = try MeasuredQuery(call.request.query)
      return questions.ask { body(measured, query) ?? noSuchFlag }
    } catch {
      return .now(ErrorDocument(error: error.description).response(status: 400))
    }
  }

  private var noSuchFlag: Response {
    let known = flags.load().flags.prefix(20).map(\.name).joined(separator: ", ")
    return ErrorDocument(error: "No route asks a flag of that name; there are \(known).").response(status: 404)
  }
}
