import Reactor
import TestSupport

/// Timeout lists beside a model that holds one deadline for each node, on a clock that is a number.
struct TimeoutRun: ~Copyable {
  private struct Armed {
    var kind: UInt8
    var deadline: UInt64
  }

  private var lists: TimeoutLists
  private var armed: [Int: Armed] = [:]
  private var now: UInt64 = 1_000
  private let nodeCount: Int
  private let durations: [UInt64]
  private(set) var faults: [String] = []

  init(nodeCount: Int, durations: [UInt64]) {
    lists = TimeoutLists(nodeCount: nodeCount, durations: durations)
    self.nodeCount = nodeCount
    self.durations = durations
  }

  mutating func step(_ random: inout SeededGenerator) {
    let node = Int.random(in: 0..<nodeCount, using: &random)
    let kind = UInt8.random(in: 0..<UInt8(durations.count), using: &random)
    switch Int.random(in: 0..<8, using: &random) {
    case 0..<3: arm(node, kind)
    case 3:
      lists.armUnlessRunning(node, kind: kind, now: now)
      if armed[node]?.kind != kind { armed[node] = Armed(kind: kind, deadline: now + durations[Int(kind)]) }
    case 4:
      lists.disarm(node)
      armed[node] = nil
    case 5: expire(atMost: 1)
    case 6: expire(atMost: .max)
    default: now += UInt64.random(in: 0...40, using: &random)
    }
    if lists.nextDeadline() != armed.values.map(\.deadline).min() { faults.append("nextDeadline at \(now)") }
  }

  private mutating func arm(_ node: Int, _ kind: UInt8) {
    lists.arm(node, kind: kind, now: now)
    armed[node] = Armed(kind: kind, deadline: now + durations[Int(kind)])
  }

  private mutating func expire(atMost most: Int) {
    var taken = 0
    while taken < most {
      guard let (node, kind) = lists.takeExpired(now: now) else {
        if armed.values.contains(where: { $0.deadline <= now }) { faults.append("nothing came out at \(now)") }
        return
      }
      check(node, kind)
      armed[node] = nil
      taken += 1
    }
  }

  private mutating func check(_ node: Int, _ kind: UInt8) {
    let first = armed.values.filter { $0.kind == kind }.map(\.deadline).min()
    guard let expected = armed[node], expected.kind == kind, expected.deadline <= now, expected.deadline == first
    else { return faults.append("node \(node), kind \(kind) came out at \(now)") }
  }
}
