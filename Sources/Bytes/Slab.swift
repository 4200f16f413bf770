/// A fixed number of slots behind one pointer, made once and changed in place.
///
/// The slab is a handle: copying it copies the pointer, and whoever made it keeps the slots for the life of the
/// process or calls `deallocate`. A slot is reached without exclusivity bookkeeping or reference counts; every access
/// checks the index. The memory is zeroed by the kernel page by page when it is first touched, so a large capacity
/// costs address space until it is used.
@safe
package struct Slab<Element: ~Copyable> {
  let base: UnsafeMutablePointer<Element>
  package let capacity: Int

  /// Slots made by `makeElement`, in order.
  package init(capacity: Int, _ makeElement: (Int) -> Element) {
    unsafe base = .allocate(capacity: capacity)
    self.capacity = capacity
    for index in 0..<capacity {
      unsafe (base + index).initialize(to: makeElement(index))
    }
  }

  package subscript(index: Int) -> Element {
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

  package func deallocate() {
    unsafe base.deinitialize(count: capacity)
    unsafe base.deallocate()
  }
}

extension Slab: @unchecked Sendable where Element: ~Copyable {}
