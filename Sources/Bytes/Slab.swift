/// A fixed number of slots behind one pointer, changed in place.
///
/// The slab is a handle: copying it copies the pointer, and whoever made it calls `deallocate` or keeps it for the life
/// of the process. A slot is reached without exclusivity bookkeeping or reference counts; every access checks the
/// index. A slot must be initialized before it is used; memory is touched only then, so a large capacity costs address
/// space until it is used.
@safe
public struct Slab<Element: ~Copyable> {
  private let base: UnsafeMutablePointer<Element>
  public let capacity: Int

  /// With room for `capacity` slots, none of them initialized.
  public init(capacity: Int) {
    unsafe base = .allocate(capacity: capacity)
    self.capacity = capacity
  }

  /// With all slots made by `makeElement`, in order.
  public init(capacity: Int, _ makeElement: (Int) -> Element) {
    self.init(capacity: capacity)
    for index in 0..<capacity { initialize(index, to: makeElement(index)) }
  }

  /// Makes the slot at `index`, which held none before.
  public func initialize(_ index: Int, to element: consuming Element) {
    precondition(UInt(bitPattern: index) < UInt(bitPattern: capacity))
    unsafe (base + index).initialize(to: element)
  }

  public subscript(index: Int) -> Element {
    @inline(__always)
    unsafeAddress {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: capacity))
      return unsafe UnsafePointer(base + index)
    }
    @inline(__always)
    nonmutating unsafeMutableAddress {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: capacity))
      return unsafe base + index
    }
  }

  /// For calls into C that fill or read the slots.
  @unsafe public var baseAddress: UnsafeMutablePointer<Element> { unsafe base }

  /// Ends the slab, of which the first `initialized` slots are.
  public func deallocate(initialized: Int) {
    unsafe base.deinitialize(count: initialized)
    unsafe base.deallocate()
  }
}

extension Slab: @unchecked Sendable where Element: ~Copyable {}
