import Statistics

/// How long the windows of one kind are.
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

  /// The window that a moment is in.
  func number(of wall: Int) -> Int { wall / milliseconds }
}

/// A window that is still being filled. It belongs to one stage.
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

  /// At least 1, for whoever divides by it.
  var milliseconds: Int { max(1, Int(clamping: (nanoseconds + 500_000) / 1_000_000)) }

  func kept(_ bytes: [UInt8]) -> Kept { Kept(stage: stage, from: from, milliseconds: milliseconds, bytes: bytes) }
}
