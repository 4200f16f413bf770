internal import Bytes

/// Timeouts of many connections in constant time: one list for each kind of timeout, in the order of their deadlines.
///
/// All timeouts of one kind last equally long, so a newly armed one belongs at the tail of its list and the first to
/// expire is always at the head: arming, re-arming and disarming move one node. A connection has at most one timeout at
/// a time. Times are nanoseconds of any clock that does not run backwards; nothing here reads one.
///
///     kind 0:  head -> (node 7, 10.1 s) -> (node 2, 10.4 s) -> tail
///     kind 1:  head -> (node 5, 3.0 s) -> tail
public struct TimeoutLists: ~Copyable {
  public static let none: UInt8 = 255

  struct Node {
    var previous: Int32 = -1
    var next: Int32 = -1
    var kind = TimeoutLists.none
    var deadline: UInt64 = 0
  }

  struct List {
    var head: Int32 = -1
    var tail: Int32 = -1
    var duration: UInt64
  }

  private var nodes: Slab<Node>
  private var lists: Slab<List>

  /// For `nodeCount` connections and one kind for each of `durations`, at most 255.
  public init(nodeCount: Int, durations: [UInt64]) {
    nodes = Slab(capacity: nodeCount)
    lists = Slab(capacity: durations.count) { List(duration: durations[$0]) }
  }

  /// Starts the timeout of `kind` for `node` anew, ending any other that it had.
  public mutating func arm(_ node: Int, kind: UInt8, now: UInt64) {
    makeReady(node)
    let deadline = now &+ lists[Int(kind)].duration
    if nodes[node].kind == kind, lists[Int(kind)].tail == Int32(truncatingIfNeeded: node) {
      nodes[node].deadline = deadline
      return
    }
    disarm(node)
    append(node, kind: kind, deadline: deadline)
  }

  /// Starts the timeout of `kind` for `node` unless that kind is running already.
  public mutating func armUnlessRunning(_ node: Int, kind: UInt8, now: UInt64) {
    makeReady(node)
    if nodes[node].kind != kind { arm(node, kind: kind, now: now) }
  }

  private mutating func makeReady(_ node: Int) {
    while nodes.count <= node { nodes.append(Node()) }
  }

  private mutating func append(_ node: Int, kind: UInt8, deadline: UInt64) {
    let list = Int(kind)
    let tail = lists[list].tail
    nodes[node].previous = tail
    nodes[node].next = -1
    nodes[node].kind = kind
    nodes[node].deadline = deadline
    if tail >= 0 { nodes[Int(tail)].next = Int32(truncatingIfNeeded: node) }
    lists[list].tail = Int32(truncatingIfNeeded: node)
    if lists[list].head < 0 { lists[list].head = Int32(truncatingIfNeeded: node) }
  }

  /// Ends the timeout of `node`, if it has one.
  public mutating func disarm(_ node: Int) {
    guard node < nodes.count, nodes[node].kind != Self.none else { return }
    let list = Int(nodes[node].kind)
    let (previous, next) = (nodes[node].previous, nodes[node].next)
    if previous >= 0 { nodes[Int(previous)].next = next } else { lists[list].head = next }
    if next >= 0 { nodes[Int(next)].previous = previous } else { lists[list].tail = previous }
    nodes[node].kind = Self.none
  }

  /// Takes one timeout that is due out of its list, or nil when none is.
  public mutating func takeExpired(now: UInt64) -> (node: Int, kind: UInt8)? {
    for kind in 0..<lists.count {
      let head = Int(lists[kind].head)
      guard head >= 0, nodes[head].deadline <= now else { continue }
      disarm(head)
      return (head, UInt8(truncatingIfNeeded: kind))
    }
    return nil
  }

  /// Whose timeout of `kind` has run longest, or nil when none is armed.
  public func first(ofKind kind: UInt8) -> Int? {
    let head = Int(lists[Int(kind)].head)
    return head >= 0 ? head : nil
  }

  /// When the next timeout is due, or nil while none is armed.
  public func nextDeadline() -> UInt64? {
    var earliest = UInt64.max
    for kind in 0..<lists.count {
      let head = Int(lists[kind].head)
      if head >= 0 { earliest = min(earliest, nodes[head].deadline) }
    }
    return earliest == UInt64.max ? nil : earliest
  }
}
