internal import Bytes

/// The allow and deny lists of one flag as one hash table over one piece of memory, so that a look-up costs one probe and
/// no String:
///
///     | slot 0 | slot 1 | ... | slot 2^n - 1 | bytes of all user keys, one after another |
///       16 bytes each: hash, where the key is, how long, what it says
///
/// Open addressing, linear, at most half full. The hash is the one that the bucket is made of, so a user is hashed once. It is not keyed, but the table holds what operators wrote, never what a client sent.
///
/// A table owns its memory, of which nothing changes after `init`.
@safe
struct UserTable: ~Copyable, @unchecked Sendable {
  enum Verdict: UInt32, BitwiseCopyable {
    case none = 0
    case allowed = 1
    case denied = 2
  }

  private struct Slot: BitwiseCopyable {
    var hash: UInt32 = 0
    var offset: UInt32 = 0
    var count: UInt32 = 0
    var verdict = Verdict.none
  }

  private let memory: UnsafeMutableRawPointer?
  /// Slots less one; the slots are a power of two.
  private let mask: UInt32
  private let slotBytes: Int

  /// `hash` gives what `verdict(for:hash:)` is asked with for the same bytes. `deny` outranks `allow`.
  init(allow: [String], deny: [String], hash: borrowing BucketHash) {
    let keyBytes = (allow + deny).reduce(0) { $0 + $1.utf8.count }
    // A flag file has 16 MiB at most, so neither offsets nor the mask come near 32 bits.
    precondition(keyBytes < 1 << 30 && allow.count + deny.count < 1 << 28)
    guard !(allow.isEmpty && deny.isEmpty) else {
      unsafe (memory, mask, slotBytes) = (nil, 0, 0)
      return
    }
    var slots = 2
    while slots < 2 * (allow.count + deny.count) { slots *= 2 }
    mask = UInt32(slots - 1)
    slotBytes = slots * MemoryLayout<Slot>.stride
    unsafe memory = .allocate(byteCount: slotBytes + keyBytes, alignment: 64)
    for index in 0..<UInt32(slots) { store(Slot(), at: index) }
    var end = slotBytes
    for (users, verdict) in [(deny, Verdict.denied), (allow, .allowed)] {
      for user in users { insert(Array(user.utf8), verdict, at: &end, hash: hash) }
    }
  }

  private func insert(_ user: [UInt8], _ verdict: Verdict, at end: inout Int, hash: borrowing BucketHash) {
    let bytes = unsafe user.span.bytes
    let hashed = hash(bytes).hash
    guard let memory = unsafe memory, self.verdict(for: bytes, hash: hashed) == .none else { return }
    for index in user.indices { unsafe memory.storeBytes(of: user[index], toByteOffset: end + index, as: UInt8.self) }
    var index = hashed & mask
    while slot(at: index).verdict != .none { index = (index &+ 1) & mask }
    store(Slot(hash: hashed, offset: UInt32(end), count: UInt32(user.count), verdict: verdict), at: index)
    end += user.count
  }

  /// What the lists say about the user with these bytes, whose hash is `hash`.
  @_noLocks @inline(__always)
  func verdict(for user: RawSpan, hash: UInt32) -> Verdict {
    guard let memory = unsafe memory else { return .none }
    return unsafe probe(UnsafeRawPointer(memory), user, hash)
  }

  @_noLocks
  private func probe(_ memory: UnsafeRawPointer, _ user: RawSpan, _ hash: UInt32) -> Verdict {
    var index = hash & mask
    // Ends: half of the slots are empty.
    while true {
      let slot = unsafe memory.load(fromByteOffset: Int(index) &* MemoryLayout<Slot>.stride, as: Slot.self)
      if slot.verdict == .none { return .none }
      if slot.hash == hash, unsafe isKey(of: slot, memory, user) { return slot.verdict }
      index = (index &+ 1) & mask
    }
  }

  @_noLocks
  private func isKey(of slot: Slot, _ memory: UnsafeRawPointer, _ user: RawSpan) -> Bool {
    guard user.byteCount == Int(slot.count) else { return false }
    var index = 0
    while index < user.byteCount {
      let byte = unsafe memory.load(fromByteOffset: Int(slot.offset) &+ index, as: UInt8.self)
      guard byte == user[index] else { return false }
      index &+= 1
    }
    return true
  }

  deinit { unsafe memory?.deallocate() }

  private func slot(at index: UInt32) -> Slot {
    guard let memory = unsafe memory else { return Slot() }
    return unsafe memory.load(fromByteOffset: Int(index) * MemoryLayout<Slot>.stride, as: Slot.self)
  }

  private func store(_ slot: Slot, at index: UInt32) {
    unsafe memory?.storeBytes(of: slot, toByteOffset: Int(index) * MemoryLayout<Slot>.stride, as: Slot.self)
  }
}
