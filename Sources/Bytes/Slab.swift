/// A fixed number of slots behind one pointer, filled from the first on and changed in place.
///
/// The slab owns its slots: it cannot be copied, and it ends them when it goes. A slot is borrowed from the slab, so the
/// compiler rejects a reference that outlives a change of it. Access costs no exclusivity bookkeeping and no reference
/// count, and it checks the index: a slot that was never filled cannot be reached. Memory is touched only when a slot is
/// filled, so a large capacity costs address space until it is used.
///
/// `Element` must not be private: Swift 6.3 ends a slab in the file of its owner's owner, where it needs the type.
@safe
public struct Slab<Element: ~Copyable>: ~Copyable {
  @usableFromInline
  let base: UnsafeMutablePointer<Element>
  public let capacity: Int
  /// Filled slots: `0 ..< count` can be used.
  public internal(set) var count = 0

  /// Room for `capacity` slots, none of them filled.
  public init(capacity: Int) {
    unsafe base = .allocate(capacity: capacity)
    self.capacity = capacity
  }

  /// All slots filled by `makeElement`, in order.
  public init(capacity: Int, _ makeElement: (Int) -> Element) {
    self.init(capacity: capacity)
    for index in 0..<capacity { append(makeElement(index)) }
  }

  deinit {
    unsafe base.deinitialize(count: count)
    unsafe base.deallocate()
  }

  /// Fills the next slot. Traps when the slab is full.
  public mutating func append(_ element: consuming Element) {
    precondition(count < capacity)
    unsafe (base + count).initialize(to: element)
    count &+= 1
  }

  /// Empties the last slot. Traps when there is none.
  public mutating func removeLast() -> Element {
    precondition(count > 0)
    count &-= 1
    return unsafe (base + count).move()
  }

  /// Empties the first `removed` slots; those behind them move to the front.
  public mutating func removeFirst(_ removed: Int) {
    precondition(removed >= 0 && removed <= count)
    unsafe base.deinitialize(count: removed)
    count &-= removed
    unsafe base.moveInitialize(from: base + removed, count: count)
  }

  public subscript(index: Int) -> Element {
    @inlinable @inline(__always)
    unsafeAddress {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
      return unsafe UnsafePointer(base + index)
    }
    @inlinable @inline(__always)
    unsafeMutableAddress {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
      return unsafe base + index
    }
  }

  /// For calls into C that fill or read the slots. It must not outlive the slab.
  @unsafe public var baseAddress: UnsafeMutablePointer<Element> { unsafe base }
}

extension Slab: @unchecked Sendable where Element: ~Copyable & Sendable {}
