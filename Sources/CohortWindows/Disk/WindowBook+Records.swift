import Statistics

extension WindowBook {
  /// All of it, to be read into a book that is empty.
  var records: [Record] {
    var records: [Record] = []
    for (number, flag) in flags.enumerated() {
      records.append(.flag(number, name: flag.name))
      records += flag.table.stages.map { .stage(flag: number, number: $0.number, $0.stage) }
      records += flag.table.marks.map { .mark(flag: number, $0) }
      for kind in KeptKind.allCases { records += flag.kept(kind).all.map { .kept(flag: number, kind, $0) } }
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

  /// What was added since the last time, behind the names of the flags where a file begins with it.
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
      records += unsaved.kept.map { .kept(flag: number, $0.kind, $0.window) }
    }
    return (records, isOverflown)
  }

  /// Flags that are not asked for any more are left out.
  mutating func restore(_ records: [Record]) {
    var numbers: [Int: Int] = [:]
    for record in records {
      switch record {
      case .flag(let number, let name): numbers[number] = index(of: name)
      case .stage(let flag, let number, let stage):
        if let index = numbers[flag] { flags[index].table.restore(stage, number: number) }
      case .mark(let flag, let mark): if let index = numbers[flag] { flags[index].table.add(mark) }
      case .kept(let flag, let kind, let kept): if let index = numbers[flag] { flags[index].restore(kept, of: kind) }
      case .open(let flag, let open): if let index = numbers[flag] { flags[index].restore(open) }
      case .delta(let flag, let delta): if let index = numbers[flag] { flags[index].restore(delta) }
      }
    }
  }
}
