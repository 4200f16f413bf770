import Statistics

/// What stands in a file of windows, piece by piece. Flags are named once and have numbers from then on, of this file.
enum Record: Sendable {
  case flag(Int, name: String)
  case stage(flag: Int, number: Int, Stage)
  case mark(flag: Int, Mark)
  case kept(flag: Int, KeptKind, Kept)
  case open(flag: Int, Open)
  case delta(flag: Int, Unsaved.Delta)

  /// An open minute or hour.
  struct Open: Sendable {
    var resolution: Resolution
    var stage: Int
    var from: Int
    var nanoseconds: UInt64
    var tally: Tally
  }

  /// One that is longer is none: a tally at its largest, and what stands around it.
  static let byteLimit = Tally.byteLimit + 8_192
  private static let flagLimit = 1_024

  private enum Tag: UInt8 {
    case flag = 1
    case stage = 2
    case mark = 3
    case kept = 4
    case open = 5
    case delta = 6
  }

  var encoded: [UInt8] {
    var writer = VarintWriter()
    switch self {
    case .flag(let flag, let name):
      writer.begin(Tag.flag.rawValue, flag)
      writer.put(name)
    case .stage(let flag, let number, let stage):
      writer.begin(Tag.stage.rawValue, flag)
      writer.put(number)
      stage.put(into: &writer)
    case .mark(let flag, let mark):
      writer.begin(Tag.mark.rawValue, flag)
      mark.put(into: &writer)
    case .kept(let flag, let kind, let kept):
      writer.begin(Tag.kept.rawValue, flag)
      writer.put(byte: kind.rawValue)
      writer.put(kept.stage)
      writer.put(kept.from)
      writer.put(kept.milliseconds)
      writer.put(kept.bytes)
    case .open(let flag, let open):
      writer.begin(Tag.open.rawValue, flag)
      writer.put(byte: open.resolution.rawValue)
      writer.put(open.stage)
      writer.put(open.from)
      writer.put(open.nanoseconds)
      open.tally.put(into: &writer)
    case .delta(let flag, let delta):
      writer.begin(Tag.delta.rawValue, flag)
      writer.put(delta.stage)
      writer.put(delta.minuteFrom)
      writer.put(delta.hourFrom)
      writer.put(delta.minuteNanoseconds)
      delta.tally.put(into: &writer)
    }
    return writer.bytes
  }

  init(encoded bytes: [UInt8]) throws(CodecFault) {
    var reader = VarintReader(bytes)
    guard let tag = Tag(rawValue: try reader.byte()) else { throw .unknownVersion }
    let flag = try reader.number(atMost: Self.flagLimit)
    switch tag {
    case .flag: self = .flag(flag, name: try reader.text(atMost: 1_024))
    case .stage:
      let number = try reader.number(atMost: StageTable.numberLimit)
      self = .stage(flag: flag, number: number, try Stage(from: &reader))
    case .mark: self = .mark(flag: flag, try Mark(from: &reader))
    case .kept:
      guard let kind = KeptKind(rawValue: try reader.byte()) else { throw .outOfRange }
      self = .kept(flag: flag, kind, try Kept(from: &reader))
    case .open: self = .open(flag: flag, try Open(from: &reader))
    case .delta: self = .delta(flag: flag, try Unsaved.Delta(from: &reader))
    }
    guard reader.isAtEnd else { throw .outOfRange }
  }
}

extension VarintWriter {
  fileprivate mutating func begin(_ tag: UInt8, _ flag: Int) {
    put(byte: tag)
    put(flag)
  }
}

extension Kept {
  fileprivate init(from reader: inout VarintReader) throws(CodecFault) {
    let stage = try reader.number(atMost: StageTable.numberLimit)
    let from = try reader.number(atMost: ClockReading.limit)
    let milliseconds = try reader.number(atMost: ClockReading.limit)
    self.init(
      stage: stage, from: from, milliseconds: milliseconds, bytes: try reader.block(atMost: Tally.byteLimit))
  }
}

extension Record.Open {
  fileprivate init(from reader: inout VarintReader) throws(CodecFault) {
    guard let resolution = Resolution(rawValue: try reader.byte()), resolution != .second else { throw .outOfRange }
    self.init(
      resolution: resolution, stage: try reader.number(atMost: StageTable.numberLimit),
      from: try reader.number(atMost: ClockReading.limit), nanoseconds: try reader.nanoseconds(),
      tally: try Tally(from: &reader))
  }
}

extension Unsaved.Delta {
  fileprivate init(from reader: inout VarintReader) throws(CodecFault) {
    self.init(
      stage: try reader.number(atMost: StageTable.numberLimit),
      minuteFrom: try reader.number(atMost: ClockReading.limit),
      hourFrom: try reader.number(atMost: ClockReading.limit), minuteNanoseconds: try reader.nanoseconds(),
      tally: try Tally(from: &reader))
  }
}

extension VarintReader {
  /// How long a window was: at most a day.
  fileprivate mutating func nanoseconds() throws(CodecFault) -> UInt64 {
    UInt64(try number(atMost: 86_400_000_000_000))
  }
}
