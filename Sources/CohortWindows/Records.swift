internal import Statistics

/// One record of a window file. A file names each flag once; later records refer to its number.
enum Record: Sendable {
  case flag(Int, name: String)
  case stage(flag: Int, number: Int, Stage)
  case mark(flag: Int, Mark)
  case closed(flag: Int, RingKind, ClosedWindow)
  case open(flag: Int, Open)
  case delta(flag: Int, UnsavedChanges.Delta)

  /// An open minute or hour.
  struct Open: Sendable {
    var resolution: Resolution
    var stage: Int
    var from: Int
    var nanoseconds: UInt64
    var tally: Tally
  }

  /// The largest tally and the fields around it; a longer record is invalid.
  static let byteLimit = Tally.byteLimit + 8_192
  private static let flagLimit = 1_024

  private enum Tag: UInt8 {
    case flag = 1
    case stage = 2
    case mark = 3
    case closed = 4
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
    case .closed(let flag, let kind, let window):
      writer.begin(Tag.closed.rawValue, flag)
      writer.put(byte: kind.rawValue)
      writer.put(window.stage)
      writer.put(window.from)
      writer.put(window.milliseconds)
      writer.put(window.bytes)
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

  init(encoded bytes: [UInt8]) throws(CodecError) {
    var reader = VarintReader(bytes)
    guard let tag = Tag(rawValue: try reader.byte()) else { throw .unknownVersion }
    let flag = try reader.number(atMost: Self.flagLimit)
    switch tag {
    case .flag: self = .flag(flag, name: try reader.text(atMost: 1_024))
    case .stage:
      let number = try reader.number(atMost: StageTable.numberLimit)
      self = .stage(flag: flag, number: number, try Stage(from: &reader))
    case .mark: self = .mark(flag: flag, try Mark(from: &reader))
    case .closed:
      guard let kind = RingKind(rawValue: try reader.byte()) else { throw .outOfRange }
      self = .closed(flag: flag, kind, try ClosedWindow(from: &reader))
    case .open: self = .open(flag: flag, try Open(from: &reader))
    case .delta: self = .delta(flag: flag, try UnsavedChanges.Delta(from: &reader))
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

extension ClosedWindow {
  fileprivate init(from reader: inout VarintReader) throws(CodecError) {
    let stage = try reader.number(atMost: StageTable.numberLimit)
    let from = try reader.number(atMost: ClockReading.limit)
    let milliseconds = try reader.number(atMost: ClockReading.limit)
    self.init(
      stage: stage, from: from, milliseconds: milliseconds, bytes: try reader.block(atMost: Tally.byteLimit))
  }
}

extension Record.Open {
  fileprivate init(from reader: inout VarintReader) throws(CodecError) {
    guard let resolution = Resolution(rawValue: try reader.byte()), resolution != .second else { throw .outOfRange }
    self.init(
      resolution: resolution, stage: try reader.number(atMost: StageTable.numberLimit),
      from: try reader.number(atMost: ClockReading.limit), nanoseconds: try reader.nanoseconds(),
      tally: try Tally(from: &reader))
  }
}

extension UnsavedChanges.Delta {
  fileprivate init(from reader: inout VarintReader) throws(CodecError) {
    self.init(
      stage: try reader.number(atMost: StageTable.numberLimit),
      minuteFrom: try reader.number(atMost: ClockReading.limit),
      hourFrom: try reader.number(atMost: ClockReading.limit), minuteNanoseconds: try reader.nanoseconds(),
      tally: try Tally(from: &reader))
  }
}

extension VarintReader {
  /// The length of a window: at most a day.
  fileprivate mutating func nanoseconds() throws(CodecError) -> UInt64 {
    UInt64(try number(atMost: 86_400_000_000_000))
  }
}

/// The changes of one flag that are not on disk yet.
struct UnsavedChanges: Sendable {
  /// The counts of a minute since the last save. It names its windows by their beginnings, as the fleet does, so that a
  /// restarted proxy continues the same windows.
  struct Delta: Sendable, Equatable {
    var stage: Int
    var minuteFrom: Int
    var hourFrom: Int
    /// The length of the minute so far.
    var minuteNanoseconds: UInt64
    var tally: Tally
  }

  /// Beyond these limits, when the disk hangs, everything has to be written anew: `isOverflown`.
  static let deltaLimit = 8
  static let limit = 1_024

  private(set) var deltas: [Delta] = []
  /// Closed windows that do not follow from deltas.
  private(set) var closed: [(kind: RingKind, window: ClosedWindow)] = []
  private(set) var stages: [(number: Int, stage: Stage)] = []
  private(set) var marks: [Mark] = []
  private(set) var isOverflown = false

  var isEmpty: Bool { deltas.isEmpty && closed.isEmpty && stages.isEmpty && marks.isEmpty }

  mutating func add(_ new: Delta) {
    guard let last = deltas.last, last.stage == new.stage, last.minuteFrom == new.minuteFrom else {
      return add(new, to: \.deltas, limit: Self.deltaLimit)
    }
    deltas[deltas.count - 1].tally.merge(new.tally)
    deltas[deltas.count - 1].minuteNanoseconds = new.minuteNanoseconds
  }

  mutating func add(_ window: ClosedWindow, _ kind: RingKind) { add((kind, window), to: \.closed, limit: Self.limit) }
  mutating func add(_ stage: Stage, number: Int) { add((number, stage), to: \.stages, limit: Self.limit) }
  mutating func add(_ mark: Mark) { add(mark, to: \.marks, limit: Self.limit) }

  private mutating func add<Item>(_ item: Item, to list: WritableKeyPath<Self, [Item]>, limit: Int) {
    if self[keyPath: list].count < limit { self[keyPath: list].append(item) } else { isOverflown = true }
  }
}

extension LocalWindows {
  /// Everything, to be restored into empty windows.
  var records: [Record] {
    var records: [Record] = []
    for (number, flag) in flags.enumerated() {
      records.append(.flag(number, name: flag.name))
      records += flag.table.stages.map { .stage(flag: number, number: $0.number, $0.stage) }
      records += flag.table.marks.map { .mark(flag: number, $0) }
      for kind in RingKind.allCases { records += flag.ring(kind).all.map { .closed(flag: number, kind, $0) } }
      records += [flag.minute, flag.hour].map { window in
        .open(
          flag: number,
          Record.Open(
            resolution: window.resolution, stage: window.stage, from: window.from, nanoseconds: window.nanoseconds,
            tally: window.content))
      }
    }
    return records
  }

  /// The changes since the last call, behind the names of the flags if the file is new.
  mutating func takeUnsaved(namesFlags: Bool) -> (records: [Record], isOverflown: Bool) {
    var records: [Record] = []
    var isOverflown = false
    for number in flags.indices {
      if namesFlags { records.append(.flag(number, name: flags[number].name)) }
      let unsaved = flags[number].takeUnsaved()
      isOverflown = isOverflown || unsaved.isOverflown
      records += unsaved.stages.map { .stage(flag: number, number: $0.number, $0.stage) }
      records += unsaved.marks.map { .mark(flag: number, $0) }
      records += unsaved.deltas.map { .delta(flag: number, $0) }
      records += unsaved.closed.map { .closed(flag: number, $0.kind, $0.window) }
    }
    return (records, isOverflown)
  }

  /// Skips flags that no route uses any more.
  mutating func restore(_ records: [Record]) {
    var numbers: [Int: Int] = [:]
    for record in records {
      switch record {
      case .flag(let number, let name): numbers[number] = index(of: name)
      case .stage(let flag, let number, let stage):
        if let index = numbers[flag] { flags[index].table.restore(stage, number: number) }
      case .mark(let flag, let mark): if let index = numbers[flag] { flags[index].table.add(mark) }
      case .closed(let flag, let kind, let window):
        if let index = numbers[flag] { flags[index].restore(window, of: kind) }
      case .open(let flag, let open): if let index = numbers[flag] { flags[index].restore(open) }
      case .delta(let flag, let delta): if let index = numbers[flag] { flags[index].restore(delta) }
      }
    }
  }
}
