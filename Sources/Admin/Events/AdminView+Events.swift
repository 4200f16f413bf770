internal import CohortMetrics
internal import Concurrency
internal import Flags
internal import JSON
internal import LocalServer

// The event stream: what `EventPublisher` tells of one flag, and the status at once.
extension AdminView {
  var eventRoutes: [AdminRoute] { [AdminRoute("GET", "/api/v1/events", .reads) { events($0) }] }

  private func events(_ call: AdminCall) -> Response {
    guard let live else { return ErrorDocument(error: "This proxy tells no events.").response(status: 503) }
    do {
      let flag = try chosenFlag(MeasuredQuery(call.request.query).flag)
      let first = ServerSentEvent.reconnection + ServerSentEvent.bytes("status", JSONText.body(statusDocument))
      return Response(
        contentType: ServerSentEvent.contentType, body: .feed(live.feed(flag: flag), first: first))
    } catch let fault as FlagChoiceFault {
      return fault.response
    } catch {
      return ErrorDocument(error: "\(error)").response(status: 400)
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
