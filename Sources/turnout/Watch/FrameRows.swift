/// Chooses what of a frame is shown where not all of it fits.
///
/// Lines come in groups, which are shown whole or not at all: a chart of one cohort alone would mislead. A group with a
/// lower rank goes before one with a higher rank; the order on the screen is the order of adding.
struct FrameRows {
  private struct Group {
    let rank: Int
    let lines: [StyledLine]
    let section: Int
    let isHeading: Bool
  }

  private var groups: [Group] = []
  private var section = 0

  /// A blank line goes here, if there is room for all of them.
  mutating func beginSection() { section += 1 }

  /// A heading is not shown without anything of its section below it.
  mutating func add(_ lines: [StyledLine], rank: Int, isHeading: Bool = false) {
    if !lines.isEmpty { groups.append(Group(rank: rank, lines: lines, section: section, isHeading: isHeading)) }
  }

  func fitted(to height: Int) -> [StyledLine] {
    var (room, chosen) = (height, Set<Int>())
    for (index, group) in groups.enumerated().sorted(by: { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }
    )
    where group.lines.count <= room {
      chosen.insert(index)
      room -= group.lines.count
    }
    let candidates = chosen.sorted().map { groups[$0] }
    let shown = candidates.enumerated().filter { index, group in
      !group.isHeading || candidates.dropFirst(index + 1).first?.section == group.section
    }.map(\.element)
    let gaps = zip(shown, shown.dropFirst()).count { $0.section != $1.section }
    var lines: [StyledLine] = []
    for (index, group) in shown.enumerated() {
      if index > 0, room >= gaps, group.section != shown[index - 1].section { lines.append(StyledLine()) }
      lines += group.lines
    }
    return lines
  }
}
