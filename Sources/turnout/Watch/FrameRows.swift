/// Chooses what of a frame is shown where not all of it fits.
///
/// Lines come in groups, which are shown whole or not at all: a chart of one cohort alone would mislead. A group with a
/// lower rank goes before one with a higher rank; the order on the screen is the order of adding.
struct FrameRows {
  private var groups: [(rank: Int, lines: [StyledLine], section: Int)] = []
  private var section = 0

  /// A blank line goes here, if there is room for all of them.
  mutating func beginSection() { section += 1 }

  mutating func add(_ lines: [StyledLine], rank: Int) {
    if !lines.isEmpty { groups.append((rank, lines, section)) }
  }

  func fitted(to height: Int) -> [StyledLine] {
    var (room, chosen) = (height, Set<Int>())
    for (index, group) in groups.enumerated().sorted(by: { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) })
    where group.lines.count <= room {
      chosen.insert(index)
      room -= group.lines.count
    }
    let shown = chosen.sorted().map { groups[$0] }
    let gaps = zip(shown, shown.dropFirst()).count { $0.section != $1.section }
    var lines: [StyledLine] = []
    for (index, group) in shown.enumerated() {
      if index > 0, room >= gaps, group.section != shown[index - 1].section { lines.append(StyledLine()) }
      lines += group.lines
    }
    return lines
  }
}
