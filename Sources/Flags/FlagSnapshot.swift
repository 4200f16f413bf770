/// All flags at one moment, compiled, and never changed after: what is published to the workers.
///
/// Making one costs an allocation per flag and time in proportion to the lists. Asking costs nothing but the decision:
/// a worker that holds the snapshot takes a `FlagDecider` out of it once and pays no reference count per request.
public final class FlagSnapshot: Sendable {
  /// Increases with every published snapshot of one process; 0 for one that was never published.
  public let generation: UInt64
  /// In the order that flags are numbered by.
  public let flags: [Flag]
  private let deciders: Deciders

  public init(generation: UInt64, flags: [Flag]) {
    self.generation = generation
    self.flags = flags
    deciders = Deciders(flags)
  }

  deinit { deciders.deallocate() }

  public var count: Int { deciders.count }

  /// The compiled flag with that number. It is good for as long as this snapshot is held.
  @inline(__always)
  public func decider(at index: Int) -> FlagDecider { deciders[index] }

  @_noLocks
  public func decide(flag index: Int, user: RawSpan) -> Decision { deciders[index].decide(user: user) }

  /// For a user without a key: `unified` only when the flag is enabled and at 100 %.
  @_noLocks
  public func decideAnonymous(flag index: Int) -> Decision { deciders[index].decideAnonymous() }
}

/// The deciders in memory of their own, which is read without touching the reference count of an Array.
@safe
private struct Deciders: @unchecked Sendable {
  private let base: UnsafeMutablePointer<FlagDecider>
  let count: Int

  init(_ flags: [Flag]) {
    unsafe base = .allocate(capacity: flags.count)
    count = flags.count
    for (index, flag) in flags.enumerated() { unsafe (base + index).initialize(to: FlagDecider(flag)) }
  }

  subscript(index: Int) -> FlagDecider {
    @_noLocks @inline(__always)
    get {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "no flag has that number")
      return unsafe base[index]
    }
  }

  func deallocate() {
    for index in 0..<count { unsafe base[index].deallocate() }
    unsafe base.deallocate()
  }
}
