internal import Statistics

/// The length of a window.
enum Resolution: UInt8, Sendable, CaseIterable {
  case second = 0
  case minute = 1
  case hour = 2

  var milliseconds: Int {
    switch self {
    case .second: 1_000
    case .minute: 60_000
    case .hour: 3_600_000
    }
  }

  /// The number of the window that holds a time in milliseconds.
  func number(of wall: Int) -> Int { wall / milliseconds }
}

/// A window that still grows. It belongs to one stage.
struct OpenWindow<Content: Sendable>: Sendable {
  let resolution: Resolution
  var stage: Int
  var from: Int
  var nanoseconds: UInt64 = 0
  var content: Content

  init(_ resolution: Resolution, stage: Int, from: Int, _ content: Content) {
    self.resolution = resolution
    self.stage = stage
    self.from = from
    self.content = content
  }

  func isOver(at wall: Int, stage: Int) -> Bool {
    stage != self.stage || resolution.number(of: wall) != resolution.number(of: from)
  }

  /// At least 1, because callers divide by it.
  var milliseconds: Int { max(1, Int(clamping: (nanoseconds + 500_000) / 1_000_000)) }

  func closed(_ bytes: [UInt8]) -> ClosedWindow {
    ClosedWindow(stage: stage, from: from, milliseconds: milliseconds, bytes: bytes)
  }
}

/// A closed window, encoded.
package struct ClosedWindow: Sendable, Equatable {
  /// The number of its stage in `StageTable`.
  var stage: Int
  var from: Int
  var milliseconds: Int
  /// Counts up within a ring; 0 outside of one.
  var sequence = 0
  var bytes: [UInt8]

  init(stage: Int, from: Int, milliseconds: Int, bytes: [UInt8]) {
    self.stage = stage
    self.from = from
    self.milliseconds = milliseconds
    self.bytes = bytes
  }
}

/// The last windows of one kind, in the order in which they closed: at most `capacity` windows and `byteLimit` bytes.
/// Beyond either limit the oldest are dropped. Age alone drops nothing, so a clock that jumps loses nothing.
struct Ring: Sendable {
  let capacity: Int
  let byteLimit: Int
  private var items: [ClosedWindow] = []
  /// Items before this index are dropped.
  private var start = 0
  private(set) var byteCount = 0
  private(set) var lastSequence = 0

  init(capacity: Int, byteLimit: Int) {
    self.capacity = capacity
    self.byteLimit = byteLimit
  }

  /// The oldest first.
  var all: ArraySlice<ClosedWindow> { items[start...] }
  var count: Int { items.count - start }

  mutating func append(_ item: ClosedWindow) {
    var item = item
    lastSequence += 1
    item.sequence = lastSequence
    items.append(item)
    byteCount += item.bytes.count
    while count > capacity || byteCount > byteLimit && count > 1 { dropFirst() }
    // Moving the rest costs no more than the drops since the last move.
    if start > 64, start > count {
      items.removeFirst(start)
      start = 0
    }
  }

  private mutating func dropFirst() {
    byteCount -= items[start].bytes.count
    items[start].bytes = []
    start += 1
  }
}
