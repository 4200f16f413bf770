internal import Bytes
internal import Concurrency
internal import Statistics

/// A worker's tables of users (`UserTableLayout`): which users it has seen in the present epoch.
///
/// A known user costs a look-up, which nearly always ends at the first slot. At most 1,024 users are kept: one more halves
/// the limit and lays the table out again, which takes some microseconds once for each doubling of the users.
struct UserTables: ~Copyable {
  struct State {
    var epoch: UInt64 = 0
    var limit = UserSample.fullLimit
    var count = 0
  }

  private let indices: LaneIndices
  private let lane: CounterLane.Writer
  private var states: Slab<State>
  /// Users that stay while a table is laid out again.
  private var kept: Slab<UInt64>

  init(_ indices: LaneIndices, _ lane: consuming CounterLane.Writer, flagCount: Int) {
    self.indices = indices
    self.lane = lane
    states = Slab(capacity: flagCount) { _ in State() }
    kept = Slab(capacity: UserTableLayout.capacity) { _ in 0 }
  }

  @inline(__always)
  mutating func note(flag: Int, hash: UInt32, cohort: Int, epoch: UInt64) {
    if epoch != states[flag].epoch { begin(flag, epoch) }
    guard UInt64(hash) < states[flag].limit else { return }
    let base = indices.userTableBase(flag: flag, epoch: epoch) &+ UserTableLayout.slots
    let entry = UserTableLayout.entry(hash: hash, cohort: cohort)
    let slot = self.slot(of: entry, base)
    if lane.value(at: base &+ slot) != entry { take(flag, entry, slot, epoch) }
  }

  /// The slot of the entry, or the empty slot where it belongs.
  @inline(__always)
  private func slot(of entry: UInt64, _ base: Int) -> Int {
    var slot = UserTableLayout.firstSlot(UInt32(truncatingIfNeeded: entry))
    // The loop ends: half the slots are empty.
    while true {
      let found = lane.value(at: base &+ slot)
      if found == 0 || found == entry { return slot }
      slot = (slot &+ 1) & (UserTableLayout.slotCount &- 1)
    }
  }

  private mutating func take(_ flag: Int, _ entry: UInt64, _ slot: Int, _ epoch: UInt64) {
    let base = indices.userTableBase(flag: flag, epoch: epoch)
    guard states[flag].count == UserTableLayout.capacity else {
      lane.set(entry, at: base &+ UserTableLayout.slots &+ slot)
      states[flag].count &+= 1
      return
    }
    while states[flag].count == UserTableLayout.capacity { halve(flag, base) }
    guard UInt64(UInt32(truncatingIfNeeded: entry)) < states[flag].limit else { return }
    lane.set(entry, at: base &+ UserTableLayout.slots &+ self.slot(of: entry, base &+ UserTableLayout.slots))
    states[flag].count &+= 1
  }

  /// Begins the other table, for a new epoch.
  private mutating func begin(_ flag: Int, _ epoch: UInt64) {
    let base = indices.userTableBase(flag: flag, epoch: epoch)
    states[flag].epoch = epoch
    states[flag].limit = UserSample.fullLimit
    states[flag].count = 0
    rebuild(base, limit: UserSample.fullLimit, keeping: 0)
    lane.set(epoch, at: base &+ UserTableLayout.epoch)
  }

  private mutating func halve(_ flag: Int, _ base: Int) {
    let limit = states[flag].limit / 2
    var count = 0
    for slot in 0..<UserTableLayout.slotCount {
      let entry = lane.value(at: base &+ UserTableLayout.slots &+ slot)
      guard entry != 0, UInt64(UInt32(truncatingIfNeeded: entry)) < limit else { continue }
      kept[count] = entry
      count &+= 1
    }
    states[flag].limit = limit
    states[flag].count = count
    rebuild(base, limit: limit, keeping: count)
  }

  /// Empties the table and puts the first of `kept` into it. Readers see an odd version until it is done.
  private func rebuild(_ base: Int, limit: UInt64, keeping count: Int) {
    lane.add(1, at: base &+ UserTableLayout.version)
    lane.set(limit, at: base &+ UserTableLayout.limit)
    let slots = base &+ UserTableLayout.slots
    for slot in 0..<UserTableLayout.slotCount { lane.set(0, at: slots &+ slot) }
    for index in 0..<count { lane.set(kept[index], at: slots &+ slot(of: kept[index], slots)) }
    lane.add(1, at: base &+ UserTableLayout.version)
  }
}
