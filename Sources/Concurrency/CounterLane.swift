import Glibc
public import Synchronization

/// One worker's counters: one thread writes, any thread reads, nobody waits.
///
/// With a single writer, adding is a load and a store; no instruction locks the bus. The memory starts at a page boundary
/// and ends with one, so two lanes share no cache line; the kernel zeroes a page when it is first written, so counters
/// that are never used cost address space only.
///
/// Type and storage are `@usableFromInline` because only then `@inlinable` crosses modules: an addition is a comparison
/// and one instruction at the caller, where it would be a call.
///
/// What readers are promised:
/// - a counter never falls (it wraps at 2^64);
/// - a reader that sees an addition sees every addition the writer made before it, if it reads that one afterwards.
///   `addValues(to:)` reads from the last counter to the first, so what is counted first belongs at the lower index.
@safe @usableFromInline
package final class CounterLane: @unchecked Sendable {
  // Unchecked: the pointer never changes, and all behind it is atomic.
  @usableFromInline
  let base: UnsafeMutablePointer<Atomic<UInt64>>
  @usableFromInline
  package let count: Int

  /// `count` counters, all 0. It ends the process if there is no memory: lanes are made before the first connection.
  package init(count: Int) {
    precondition(count > 0)
    let mapping = unsafe mmap(
      nil, Self.byteCount(of: count), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapping = unsafe mapping, unsafe mapping != MAP_FAILED else {
      fatalError("no memory for \(count) counters")
    }
    // Bound, not initialised: zeroed memory is an atomic 0, and initialising would touch every page.
    unsafe base = mapping.bindMemory(to: Atomic<UInt64>.self, capacity: count)
    self.count = count
  }

  deinit { unsafe munmap(base, Self.byteCount(of: count)) }

  /// The writing end, for the one thread that writes.
  package var writer: Writer { unsafe Writer(lane: self, base: base, count: count) }

  /// The reading end, for a thread that reads often.
  package var reader: Reader { unsafe Reader(lane: self, base: base, count: count) }

  /// Adds to a counter, on the writer's thread only.
  package func add(_ amount: UInt64, at index: Int) { writer.add(amount, at: index) }

  package func value(at index: Int) -> UInt64 {
    precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
    return unsafe base[index].load(ordering: .acquiring)
  }

  /// Adds the first counters to their places in `totals`, as many as it has, from the last to the first.
  package func addValues(to totals: inout [UInt64]) {
    precondition(totals.count <= count)
    for index in (0..<totals.count).reversed() {
      unsafe totals[index] &+= base[index].load(ordering: .acquiring)
    }
  }

  private static func byteCount(of count: Int) -> Int { count * MemoryLayout<UInt64>.stride }
}

extension CounterLane {
  /// A lane's writing end. It keeps the lane alive and cannot be copied, so that using it counts no reference. It stays on
  /// the thread that took it.
  @safe @usableFromInline
  package struct Writer: ~Copyable {
    private let lane: CounterLane
    @usableFromInline
    let base: UnsafeMutablePointer<Atomic<UInt64>>
    @usableFromInline
    package let count: Int

    fileprivate init(lane: CounterLane, base: UnsafeMutablePointer<Atomic<UInt64>>, count: Int) {
      self.lane = lane
      unsafe self.base = base
      self.count = count
    }

    /// A load, an addition, a store; an index outside the lane traps. The store releases what was counted before it,
    /// which on x86-64 is an ordinary store.
    ///
    /// In a build with UNMEASURED nothing is counted: Benchmarks/measuring.py tells by it what measuring costs.
    @_noLocks @inlinable @inline(__always)
    package func add(_ amount: UInt64, at index: Int) {
      #if !UNMEASURED
        precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
        let counter = unsafe base + index
        let value = unsafe counter.pointee.load(ordering: .relaxed)
        unsafe counter.pointee.store(value &+ amount, ordering: .releasing)
      #endif
    }

    /// Puts a value in the place of another: for words of a lane that are no counters.
    @_noLocks @inlinable @inline(__always)
    package func set(_ value: UInt64, at index: Int) {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
      unsafe base[index].store(value, ordering: .releasing)
    }

    /// What this thread wrote last.
    @_noLocks @inlinable @inline(__always)
    package func value(at index: Int) -> UInt64 {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
      return unsafe base[index].load(ordering: .relaxed)
    }
  }

  /// A lane's reading end. It keeps the lane alive and cannot be copied, so that using it counts no reference.
  @safe @usableFromInline
  package struct Reader: ~Copyable {
    private let lane: CounterLane
    @usableFromInline
    let base: UnsafeMutablePointer<Atomic<UInt64>>
    @usableFromInline
    package let count: Int

    fileprivate init(lane: CounterLane, base: UnsafeMutablePointer<Atomic<UInt64>>, count: Int) {
      self.lane = lane
      unsafe self.base = base
      self.count = count
    }

    @_noLocks @inlinable @inline(__always)
    package func value(at index: Int) -> UInt64 {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
      return unsafe base[index].load(ordering: .acquiring)
    }
  }
}
