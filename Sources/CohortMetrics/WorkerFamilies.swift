import Statistics

/// What is counted for the process as a whole.
extension MetricTotals {
  var workerFamilies: [MetricFamily] { [ownAnswersFamily] + clientFamilies + upstreamFamilies }

  /// One series for each kind of answer, from the start: the list of kinds is fixed.
  private var ownAnswersFamily: MetricFamily {
    MetricFamily(
      "turnout_own_answers_total", .counter, help: "Answers that Turnout gave by itself, by status and reason.",
      samples: ownAnswers.map { answer in
        MetricSample(
          .integer(answer.count),
          labels: [MetricLabel("status", "\(answer.label.status)"), MetricLabel("reason", answer.label.reason)])
      })
  }

  private var clientFamilies: [MetricFamily] {
    [
      MetricFamily(
        "turnout_client_connections_open", .gauge, help: "Client connections open now.",
        value: .integer(openClientConnections)),
      counter("turnout_client_connections_total", help: "Client connections accepted.", .connectionsAccepted),
      counter(
        "turnout_accept_pauses_total", help: "Pauses of accepting because connections or descriptors ran out.",
        .acceptPauses),
      counter(
        "turnout_client_aborts_total", help: "Clients that went away before they had their answer.", .clientAborts),
      counter(
        "turnout_alias_fields_dropped_total",
        help: "Header fields of requests dropped because an upstream could take them for another field.",
        .aliasFieldsDropped),
    ]
  }

  private var upstreamFamilies: [MetricFamily] {
    [
      MetricFamily(
        "turnout_upstream_connections_open", .gauge, help: "Upstream connections open now, in use or idle.",
        value: .integer(openUpstreamConnections)),
      counter("turnout_upstream_connections_total", help: "Upstream connections opened.", .upstreamConnectionsOpened),
      counter(
        "turnout_requests_queued_total", help: "Requests that had to wait for an upstream connection.", .queued),
      counter("turnout_requests_killed_total", help: "Requests to unified that a kill ended under way.", .killed),
    ]
  }

  private func counter(_ name: String, help: String, _ counter: WorkerCounter) -> MetricFamily {
    MetricFamily(name, .counter, help: help, value: .integer(self[counter]))
  }
}
