import Statistics

/// A minute or an hour of one flag as the other proxies tell of it: summed by stage, so that it takes as much memory as our
/// own window, however many they are.
struct FleetSpan: Sendable {
  /// Of the key when it was read; it grows with every write.
  var version: Int
  private(set) var groups: [Group] = []
  /// Those whose traffic is in it.
  private(set) var proxies: Set<String> = []
  private(set) var unreadable = 0

  /// The sum of segments that began at about the same time with the same split and revision.
  struct Group: Sendable {
    /// The latest seen beginning, else the earliest.
    var stage: Stage
    var from: Int
    var milliseconds: Int
    var tally: [UInt8]
  }

  /// Clocks of a fleet and the moments at which its proxies take a change over differ by less.
  static let tolerance = 15_000
  /// Of one minute or hour and one split. What begins at yet other moments, such as when many proxies start again one after
  /// the other, is added to the group that began nearest.
  private static let groupsPerSplit = 8
  /// Of one minute or hour. More are passed over: a flag that changes so often has no stages to compare.
  private static let groupLimit = 16

  init(version: Int, _ values: [(proxy: String, bytes: [UInt8])]) {
    self.version = version
    var sums: [(group: Group, tally: Tally)] = []
    for value in values {
      do throws(CodecFault) {
        let (segment, tally) = try Segment.decode(value.bytes)
        if !tally.isEmpty { proxies.insert(value.proxy) }
        let index = Self.index(of: segment, in: sums.map(\.group))
        if let index {
          sums[index].group.add(segment)
          sums[index].tally.merge(tally)
        } else if sums.count < Self.groupLimit {
          sums.append((Group(segment), tally))
        } else {
          unreadable += 1
        }
      } catch {
        unreadable += 1
      }
    }
    groups = sums.map { sum in
      var group = sum.group
      group.tally = sum.tally.encoded
      return group
    }
  }

  /// Where the segment belongs; nil: a group of its own.
  private static func index(of segment: Segment, in groups: [Group]) -> Int? {
    if let index = groups.firstIndex(where: { $0.takes(segment) }) { return index }
    let same = groups.indices.filter { groups[$0].stage.split == segment.stage.split }
    guard same.count >= groupsPerSplit else { return nil }
    return same.min { abs(groups[$0].from - segment.from) < abs(groups[$1].from - segment.from) }
  }

  /// There is no room for them.
  mutating func passOverGroups() {
    unreadable += groups.count
    (groups, proxies) = ([], [])
  }

  var byteCount: Int { groups.reduce(0) { $0 + $1.tally.count } }

  /// All of it, for charts.
  var light: LightTally {
    var light = LightTally()
    for group in groups { if let tally = try? Tally(encoded: group.tally) { light.merge(LightTally(tally)) } }
    return light
  }
}

extension FleetSpan.Group {
  fileprivate init(_ segment: Segment) {
    stage = segment.stage
    from = segment.from
    milliseconds = segment.milliseconds
    tally = []
  }

  fileprivate func takes(_ segment: Segment) -> Bool {
    stage.split == segment.stage.split && stage.revision == segment.stage.revision
      && abs(from - segment.from) <= FleetSpan.tolerance
  }

  fileprivate mutating func add(_ segment: Segment) {
    stage = stage.combined(with: segment.stage)
    from = min(from, segment.from)
    milliseconds = max(milliseconds, segment.milliseconds)
  }
}

extension Stage {
  /// Of two views of one stage: the later one whose beginning was seen, else the earlier.
  func combined(with other: Stage) -> Stage {
    if isSeen != other.isSeen { return isSeen ? self : other }
    return (isSeen ? from >= other.from : from <= other.from) ? self : other
  }
}
