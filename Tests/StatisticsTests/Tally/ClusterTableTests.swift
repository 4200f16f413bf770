import Statistics
import TestSupport
import Testing

@Suite struct ClusterTableTests {
  private func table(_ entries: [(cluster: Int, counter: ClusterCounter, sum: UInt64)]) -> ClusterTable {
    var table = ClusterTable()
    for entry in entries { table[entry.cluster, entry.counter] += entry.sum }
    return table
  }

  @Test("Each sum has a place of its own")
  func places() {
    var table = ClusterTable()
    for cluster in 0..<ClusterTable.clusterCount {
      for counter in ClusterCounter.allCases { table[cluster, counter] = UInt64(cluster * 10 + counter.rawValue) }
    }
    #expect(table.sums.count == 1_024 * 7)
    #expect(Set(table.sums).count == table.sums.count)
    #expect(table[1_023, .nanoseconds] == 10_236)
    #expect(ClusterTable(sums: table.sums) == table)
  }

  @Test("Sums of another number of clusters are no table", arguments: [0, 1_023 * 7, 1_024 * 6, 1_024 * 7 + 1])
  func wrongLength(count: Int) {
    #expect(ClusterTable(sums: Array(repeating: 1, count: count)) == nil)
  }

  @Test("Merging adds cluster by cluster, in any order, and taking one away leaves the other")
  func merge() {
    let first = table([(0, .requests, 3), (7, .errors, 1), (1_023, .nanoseconds, 1 << 40)])
    let second = table([(0, .requests, 4), (7, .created, 2)])
    var both = first
    both.merge(second)
    #expect(both == table([(0, .requests, 7), (7, .errors, 1), (7, .created, 2), (1_023, .nanoseconds, 1 << 40)]))
    var reversed = second
    reversed.merge(first)
    #expect(reversed == both)
    both.subtract(first)
    #expect(both == second)
  }

  @Test("A total is the sum over all clusters of that counter alone")
  func totals() {
    let table = table([(0, .requests, 3), (500, .requests, 4), (1_023, .requests, 5), (500, .errors, 9)])
    #expect(table.total(.requests) == 12)
    #expect(table.total(.errors) == 9)
    #expect(table.total(.slow) == 0)
  }

  @Test("Taking away what was never there leaves 0")
  func subtractTooMuch() {
    var few = table([(3, .requests, 2)])
    few.subtract(table([(3, .requests, 5), (4, .errors, 1)]))
    #expect(few == ClusterTable())
  }

  @Test("Sums beyond 64 bits wrap and do not trap")
  func overflow() {
    var huge = table([(1, .nanoseconds, .max)])
    huge.merge(table([(1, .nanoseconds, 5)]))
    #expect(huge[1, .nanoseconds] == 4)
  }
}
