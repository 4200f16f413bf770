internal import Statistics

/// The windows of a flag for a chart, copied under the lock and still encoded.
struct ChartQuery: Sendable {
  fileprivate struct Piece: Sendable {
    var from: Int
    var milliseconds: Int
    var stage: Int
    var content: Content
  }

  fileprivate enum Content: Sendable {
    case light([UInt8])
    case full([UInt8])
    case open(LightTally)
  }

  private var pieces: [Piece] = []
  private let flag: String
  private let marks: [Mark]
  private let isFleet: Bool
  private let resolution: Resolution

  init(_ content: LockedWindows.Content, flag index: Int, bySeconds: Bool, from: Int) {
    let own = content.local.flags[index]
    flag = own.name
    marks = own.table.marks.filter { $0.at >= from }
    resolution = bySeconds ? .second : .minute
    isFleet = content.isFleet && !bySeconds
    let resolution = resolution
    let isWanted = { (start: Int) in start + resolution.milliseconds > from }
    for window in own.ring(bySeconds ? .second : .lightMinute).all where isWanted(window.from) {
      pieces.append(Piece(window))
    }
    guard !bySeconds else { return }
    let open = own.minute
    pieces.append(
      Piece(
        from: open.from, milliseconds: open.milliseconds, stage: open.stage, content: .open(LightTally(open.content))))
    for window in own.othersMinutes.all where isWanted(window.from) { pieces.append(Piece(window)) }
    for (number, window) in content.fleet.flags[index].minutes where isWanted(number * 60_000) {
      for group in window.groups {
        let stage = own.stageNumber(of: group)
        pieces.append(
          Piece(from: group.from, milliseconds: group.milliseconds, stage: stage, content: .full(group.tally)))
      }
    }
  }

  /// Decodes the windows and joins those of one minute and stage.
  func windows() -> ChartWindows {
    var windows: [Int: [(stage: Int, window: ChartWindows.Window)]] = [:]
    for piece in pieces {
      guard let tally = piece.tally, !tally.isEmpty else { continue }
      let window = ChartWindows.Window(from: piece.from, milliseconds: piece.milliseconds, tally: tally)
      windows[resolution.number(of: piece.from), default: []].add(window, stage: piece.stage)
    }
    return ChartWindows(
      flag: flag, windows: windows.values.joined().map(\.window).sorted { $0.from < $1.from }, marks: marks,
      isFleet: isFleet)
  }
}

extension ChartQuery.Piece {
  fileprivate init(_ window: ClosedWindow) {
    self.init(from: window.from, milliseconds: window.milliseconds, stage: window.stage, content: .light(window.bytes))
  }

  fileprivate var tally: LightTally? {
    switch content {
    case .light(let bytes): try? LightTally(encoded: bytes)
    case .full(let bytes): (try? Tally(encoded: bytes)).map { LightTally($0) }
    case .open(let tally): tally
    }
  }
}

extension FlagWindows {
  /// The number of our stage that matches by split and beginning; 0 when none does.
  fileprivate func stageNumber(of group: FleetWindow.Group) -> Int {
    table.stages.last {
      $0.stage.split == group.stage.split && $0.stage.from <= group.from + FleetWindow.tolerance
    }?.number ?? 0
  }
}

extension [(stage: Int, window: ChartWindows.Window)] {
  /// Adds windows of an unknown stage to the first of that minute.
  fileprivate mutating func add(_ window: ChartWindows.Window, stage: Int) {
    guard let index = firstIndex(where: { $0.stage == stage || stage == 0 || $0.stage == 0 }) else {
      return append((stage, window))
    }
    self[index].stage = Swift.max(self[index].stage, stage)
    let mine = self[index].window
    let end = Swift.max(mine.from + mine.milliseconds, window.from + window.milliseconds)
    self[index].window.from = Swift.min(mine.from, window.from)
    self[index].window.milliseconds = end - self[index].window.from
    self[index].window.tally.merge(window.tally)
  }
}

/// Windows and marks for a chart.
package struct ChartWindows: Sendable {
  package struct Window: Sendable {
    package var from: Int
    package var milliseconds: Int
    package var tally: LightTally
  }

  package var flag: String
  /// The oldest first, without those that had no traffic.
  package var windows: [Window]
  package var marks: [Mark]
  package var isFleet: Bool
}
