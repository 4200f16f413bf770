import Statistics

/// Windows for a chart, taken out of the books and still encoded.
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

  init(_ content: Books.Content, flag index: Int, bySeconds: Bool, from: Int) {
    let own = content.own.flags[index]
    flag = own.name
    marks = own.table.marks.filter { $0.at >= from }
    resolution = bySeconds ? .second : .minute
    isFleet = content.isFleet && !bySeconds
    let resolution = resolution
    let isAsked = { (moment: Int) in moment + resolution.milliseconds > from }
    for kept in own.kept(bySeconds ? .second : .lightMinute).all where isAsked(kept.from) {
      pieces.append(Piece(kept))
    }
    guard !bySeconds else { return }
    let open = own.minute
    pieces.append(
      Piece(
        from: open.from, milliseconds: open.milliseconds, stage: open.stage, content: .open(LightTally(open.content))))
    for kept in own.othersMinutes.all where isAsked(kept.from) { pieces.append(Piece(kept)) }
    for (number, span) in content.fleet.flags[index].minutes where isAsked(number * 60_000) {
      for group in span.groups {
        let stage = own.stageNumber(of: group)
        pieces.append(
          Piece(from: group.from, milliseconds: group.milliseconds, stage: stage, content: .full(group.tally)))
      }
    }
  }

  /// Pieces of one minute and stage become one window. Off the lock.
  func charted() -> Charted {
    var windows: [Int: [(stage: Int, window: Charted.Window)]] = [:]
    for piece in pieces {
      guard let tally = piece.tally, !tally.isEmpty else { continue }
      let window = Charted.Window(from: piece.from, milliseconds: piece.milliseconds, tally: tally)
      windows[resolution.number(of: piece.from), default: []].add(window, stage: piece.stage)
    }
    return Charted(
      flag: flag, windows: windows.values.joined().map(\.window).sorted { $0.from < $1.from }, marks: marks,
      isFleet: isFleet)
  }
}

extension ChartQuery.Piece {
  fileprivate init(_ kept: Kept) {
    self.init(from: kept.from, milliseconds: kept.milliseconds, stage: kept.stage, content: .light(kept.bytes))
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
  /// Of the stage that others name by its split and beginning; 0: none that we know.
  fileprivate func stageNumber(of group: FleetSpan.Group) -> Int {
    table.stages.last {
      $0.stage.split == group.stage.split && $0.stage.from <= group.from + FleetSpan.tolerance
    }?.number ?? 0
  }
}

extension [(stage: Int, window: Charted.Window)] {
  /// What is of no stage that is known goes to the first of that minute.
  fileprivate mutating func add(_ window: Charted.Window, stage: Int) {
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
