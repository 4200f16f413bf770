internal import JSON

/// What is told of one flag while somebody listens.
struct EventChannel {
  let flag: String
  private var schedule = EventSchedule()
  /// Up to where windows were told, in seconds since 1970.
  private var toldUntil: Double?
  private var lastWindows: WindowsDocument?

  /// Of a window that was told before: a mark may come a moment late, and what other proxies counted comes with their
  /// next write.
  private static let overlapSeconds = 2.0
  private static let fleetOverlapSeconds = 15.0
  /// With which windows a channel begins.
  private static let firstSeconds = 10.0

  init(flag: String) { self.flag = flag }

  var next: UInt64 { schedule.next }

  /// The events that are due, as bytes.
  mutating func events(now: UInt64, isNewcomerThere: Bool, _ documents: inout EventDocuments) -> [UInt8] {
    if isNewcomerThere { schedule.welcome(now: now) }
    var bytes: [UInt8] = []
    for event in schedule.takeDue(now: now, documents.state) {
      switch event {
      case .status: bytes += ServerSentEvent.bytes("status", documents.status)
      case .audit: bytes += ServerSentEvent.bytes("audit", JSONText.body(["generation": documents.state.generation]))
      case .windows: bytes += windows(documents)
      case .comparison:
        guard let document = documents.view.measured?.comparison(flag, nil) else { continue }
        bytes += ServerSentEvent.bytes("comparison", JSONText.body(document))
      }
    }
    return bytes
  }

  private mutating func windows(_ documents: EventDocuments) -> [UInt8] {
    let from = toldUntil ?? documents.wallSeconds - Self.firstSeconds
    guard let document = documents.view.measured?.windows(flag, 1, from) else { return [] }
    let end = document.windows.map { $0.at + $0.seconds }.max()
    let overlap = document.fleet ? Self.fleetOverlapSeconds : Self.overlapSeconds
    if let end { toldUntil = max(from, end - overlap) }
    guard document != lastWindows, !document.windows.isEmpty || !document.marks.isEmpty else { return [] }
    lastWindows = document
    return ServerSentEvent.bytes("windows", JSONText.body(document))
  }
}
