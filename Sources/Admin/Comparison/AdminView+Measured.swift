internal import Concurrency
internal import FlagStore
internal import Flags
internal import JSON
internal import LocalServer

// How the cohorts did over time, from memory.
extension AdminView {
  var measuredRoutes: [AdminRoute] {
    [
      AdminRoute("GET", "/api/v1/compare", .reads, deferred: { comparison($0) }),
      AdminRoute("GET", "/api/v1/windows", .reads, deferred: { windows($0) }),
    ]
  }

  private func comparison(_ call: AdminCall) -> Reply {
    answer(call) { measured, query, flag in
      measured.comparison(flag, query.sinceSeconds).map { .json(JSONText.body($0)) }
    }
  }

  /// A quarter of an hour by the second and three hours by the minute, unless asked for more.
  private func windows(_ call: AdminCall) -> Reply {
    answer(call) { measured, query, flag in
      let from = query.from ?? Double(Timestamp.nowSeconds() - (query.resolution == 1 ? 900 : 10_800))
      return measured.windows(flag, query.resolution, from).map { .json(JSONText.body($0)) }
    }
  }

  private func answer(
    _ call: AdminCall, _ body: @escaping @Sendable (MeasuredView, MeasuredQuery, String) -> Response?
  ) -> Reply {
    guard let measured, let questions else {
      return .now(ErrorDocument(error: "This proxy does not count over time.").response(status: 503))
    }
    do {
      let query = try MeasuredQuery(call.request.query)
      let flag = try chosenFlag(query.flag)
      return questions.run { (body(measured, query, flag) ?? FlagChoiceFault.unknown([]).response).notStored }
    } catch let fault as FlagChoiceFault {
      return .now(fault.response)
    } catch {
      return .now(ErrorDocument(error: "\(error)").response(status: 400))
    }
  }
}
