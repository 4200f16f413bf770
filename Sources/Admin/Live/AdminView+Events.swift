internal import Bytes
internal import CohortMetrics
internal import FlagStore
internal import Flags
internal import LocalServer
internal import Sharing

// The event stream: what `LiveDesk` tells of one flag, and the status at once.
extension AdminView {
  var eventRoutes: [AdminRoute] { [AdminRoute("GET", "/api/v1/events", .reads) { events($0) }] }

  private func events(_ call: AdminCall) -> Response {
    guard let live else { return ErrorDocument(error: "This proxy tells no events.").response(status: 503) }
    do throws(EditFault) {
      let names = flags.load().flags.map(\.name)
      guard let flag = try FlagQuery(call.request.query).flag ?? names.first, names.contains(flag) else {
        let known = names.prefix(20).joined(separator: ", ")
        return ErrorDocument(error: "No route asks a flag of that name; there are \(known).").response(status: 404)
      }
      let first = ServerSentEvent.reconnection + ServerSentEvent.bytes("status", JSONText.of(statusDocument))
      return Response(
        contentType: ServerSentEvent.contentType, body: .feed(live.feed(flag: flag), first: first))
    } catch {
      return error.response
    }
  }

  /// Who listens, for the metrics.
  var listenerFamilies: [MetricFamily] {
    guard let counts = live?.counts else { return [] }
    return [
      MetricFamily(
        "turnout_admin_listeners", .gauge, help: "Open event streams of the admin port, such as dashboards.",
        samples: [MetricSample(.integer(UInt64(clamping: counts.listening)))]),
      MetricFamily(
        "turnout_admin_listeners_refused_total", .counter,
        help: "Event streams that were closed because the client did not read, or refused because there were too many.",
        samples: [("slow", counts.tooSlow), ("limit", counts.tooMany)].map { reason, count in
          MetricSample(.integer(count), labels: [MetricLabel("reason", reason)])
        }),
    ]
  }
}

/// `flag=NAME`, optional.
struct FlagQuery {
  private(set) var flag: String?

  init(_ query: String) throws(EditFault) {
    for part in query.split(separator: "&") {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard PercentEncoding.decode(pair[0]) == "flag" else { continue }
      guard flag == nil else { throw EditFault("flag is there twice") }
      guard pair.count == 2, let name = PercentEncoding.decode(pair[1]), FlagLimits.isName(name) else {
        throw EditFault("flag is no name of a flag")
      }
      flag = name
    }
  }
}
