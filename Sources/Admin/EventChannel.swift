internal import CohortMetrics
internal import Concurrency
internal import FlagStore
internal import Flags
internal import JSON
internal import LocalServer
internal import Reactor

/// The events of one flag while it has subscribers.
struct EventChannel {
  let flag: String
  private var schedule = EventSchedule()
  /// The end of the windows sent so far, in seconds since 1970.
  private var sentUntil: Double?
  private var lastWindows: WindowsDocument?

  /// Windows sent again: a mark may be a moment late, and the counts of other proxies come with their next write.
  private static let overlapSeconds = 2.0
  private static let fleetOverlapSeconds = 15.0
  /// How far back a channel begins.
  private static let firstSeconds = 10.0

  init(flag: String) { self.flag = flag }

  var next: Deadline { schedule.next }

  /// The events that are due.
  mutating func events(now: UInt64, hasNewSubscriber: Bool, _ documents: inout EventDocuments) -> [UInt8] {
    if hasNewSubscriber { schedule.addSubscriber(now: now) }
    var bytes: [UInt8] = []
    for event in schedule.takeDue(now: now, documents.state) {
      switch event {
      case .status: bytes += ServerSentEvent.bytes("status", documents.status)
      case .audit: bytes += ServerSentEvent.bytes("audit", JSONText.body(["generation": documents.state.generation]))
      case .windows: bytes += windows(documents)
      case .comparison:
        guard let document = documents.view.history?.comparison(flag, nil) else { continue }
        bytes += ServerSentEvent.bytes("comparison", JSONText.body(document))
      }
    }
    return bytes
  }

  private mutating func windows(_ documents: EventDocuments) -> [UInt8] {
    let from = sentUntil ?? documents.wallSeconds - Self.firstSeconds
    guard let document = documents.view.history?.windows(flag, 1, from) else { return [] }
    let end = document.windows.map { $0.at + $0.seconds }.max()
    let overlap = document.fleet ? Self.fleetOverlapSeconds : Self.overlapSeconds
    if let end { sentUntil = max(from, end - overlap) }
    guard document != lastWindows, !document.windows.isEmpty || !document.marks.isEmpty else { return [] }
    lastWindows = document
    return ServerSentEvent.bytes("windows", JSONText.body(document))
  }
}

/// Documents made at most once for all flags in one turn.
struct EventDocuments {
  let view: AdminView
  let state: EventSchedule.State
  let wallSeconds: Double
  private var encodedStatus: [UInt8]?

  init(_ view: AdminView) {
    self.view = view
    let source = view.flagSource()
    state = EventSchedule.State(
      generation: view.flags.load().generation, isKilledLocally: source.localKill != nil,
      isSourceValid: source.isValid, isSourceAway: source.isAway, isStoreLost: source.isStoreLost,
      isDraining: view.isDraining())
    wallSeconds = Double(WallClock.seconds())
  }

  /// `StatusDocument` as JSON.
  var status: [UInt8] {
    mutating get {
      if let encodedStatus { return encodedStatus }
      let status = JSONText.body(view.statusDocument)
      encodedStatus = status
      return status
    }
  }
}

/// An event of a text/event-stream (WHATWG HTML 9.2).
enum ServerSentEvent {
  static let contentType = "text/event-stream"
  /// A comment: it only shows that the server is alive.
  static let heartbeat = Array(":\n\n".utf8)
  /// Browsers reconnect this many milliseconds after the stream breaks.
  static let reconnection = Array("retry: 1000\n\n".utf8)

  /// - Parameter document: one line of JSON with its line end.
  static func bytes(_ name: String, _ document: [UInt8]) -> [UInt8] {
    Array("event: \(name)\ndata: ".utf8) + document + Array("\n".utf8)
  }
}

// The event stream: the status at once, then what `EventPublisher` posts for the flag.
extension AdminView {
  var eventRoutes: [AdminRoute] { [AdminRoute("GET", "/api/v1/events", .reads) { events($0) }] }

  private func events(_ call: AdminCall) -> Response {
    guard let publisher else { return ErrorBody(error: "This proxy has no event streams.").response(status: 503) }
    do throws(QueryError) {
      let flag = try chosenFlag(HistoryQuery(call.request.query).flag)
      let first = ServerSentEvent.reconnection + ServerSentEvent.bytes("status", JSONText.body(statusDocument))
      return Response(
        contentType: ServerSentEvent.contentType, body: .feed(publisher.feed(flag: flag), first: first))
    } catch {
      return error.response
    }
  }

  var eventFamilies: [MetricFamily] {
    guard let counts = publisher?.counts else { return [] }
    return [
      MetricFamily(
        "turnout_admin_listeners", .gauge, help: "Open event streams of the admin port, such as dashboards.",
        samples: [MetricSample(.integer(UInt64(clamping: counts.subscribers)))]),
      MetricFamily(
        "turnout_admin_listeners_refused_total", .counter,
        help: "Event streams closed because the client did not read, or refused because too many were open.",
        samples: [("slow", counts.tooSlow), ("limit", counts.tooMany)].map { reason, count in
          MetricSample(.integer(count), labels: [MetricLabel("reason", reason)])
        }),
    ]
  }
}
