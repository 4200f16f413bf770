internal import Bytes
internal import Concurrency
internal import Reactor

/// A worker's end of the access log: notes for the requests under way, and the ring that takes them when they have ended.
///
/// A client's connection holds a note only while a request is under way; notes are made as they are first needed and then
/// used again, the last one first, so that it is still in the cache. With the log off there is nothing but this value.
struct AccessTap: ~Copyable {
  let isOn: Bool
  /// Whether user keys go to the log at all.
  let takesUsers: Bool
  /// Whether Referer and User-Agent do.
  let takesAgents: Bool
  /// Successes are kept whose random number is below it; nil: all.
  private let threshold: UInt64?
  private var ring: ByteRing.Writer?
  private let wakeup: Wakeup?
  private var hasWoken = false

  /// By client.
  private let notes: Slab<AccessNote?>
  private let unused: Slab<AccessNote>
  private var unusedCount = 0

  /// Without a log.
  init() {
    isOn = false
    takesUsers = false
    takesAgents = false
    threshold = nil
    ring = nil
    wakeup = nil
    notes = Slab(capacity: 0)
    unused = Slab(capacity: 0)
  }

  /// `ring` and `wakeup` have to outlive it.
  init(_ settings: AccessLogSettings, ring: ByteRing, wakeup: Wakeup, clients: Int) {
    isOn = true
    takesUsers = settings.user != .none
    takesAgents = settings.format == .combined
    threshold = settings.sample < 1 ? UInt64(settings.sample * 0x1p63) * 2 : nil
    self.ring = ring.writer
    self.wakeup = wakeup
    notes = Slab(capacity: clients) { _ in nil }
    unused = Slab(capacity: clients)
  }

  deinit {
    for client in 0..<notes.capacity { notes[client]?.deallocate() }
    for index in 0..<unusedCount { unused[index].deallocate() }
    notes.deallocate(initialized: notes.capacity)
    unused.deallocate(initialized: 0)
  }

  /// A new note for the client's next request.
  mutating func begin(_ client: Int) -> AccessNote {
    let note = notes[client] ?? takeUnused()
    notes[client] = note
    note.begin()
    return note
  }

  private mutating func takeUnused() -> AccessNote {
    guard unusedCount > 0 else { return .allocate() }
    unusedCount &-= 1
    return unused[unusedCount]
  }

  /// Of the request that is under way; nil: there is none, or it is in the log already.
  func note(of client: Int) -> AccessNote? { notes[client] }

  /// Ends the note; with `isLogged` it goes to the log.
  mutating func end(_ client: Int, isLogged: Bool) {
    guard let note = notes[client] else { return }
    notes[client] = nil
    if isLogged { send(note) }
    unused.initialize(unusedCount, to: note)
    unusedCount &+= 1
  }

  /// Whether a success is kept, by that random number.
  func keeps(_ random: UInt64) -> Bool { threshold.map { random < $0 } ?? true }

  /// Whether successes are left out.
  var isSampling: Bool { threshold != nil }

  private mutating func send(_ note: AccessNote) {
    _ = ring?.write(note.bytes)
    // The thread that writes comes by itself every few milliseconds. It is called only when that may be too late, and once.
    let isHalfFull = ring?.isHalfFull() ?? false
    if isHalfFull, !hasWoken { wakeup?.wake() }
    hasWoken = isHalfFull
  }
}
