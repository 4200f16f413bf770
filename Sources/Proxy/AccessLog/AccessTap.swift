internal import Bytes
internal import Concurrency
internal import HTTPWire
internal import Reactor

/// A worker's end of the access log: notes for the requests under way, and the ring that takes them when they have ended.
///
/// A client's connection holds a note only while a request is under way; notes are made when they are first needed and then
/// used again, the last one first, so that it is still in the cache. While the log is off, each call costs one comparison.
struct AccessTap: ~Copyable {
  let isOn: Bool
  /// Whether user keys go to the log at all.
  private let takesUsers: Bool
  /// Whether Referer and User-Agent do.
  private let takesAgents: Bool
  /// Successes are logged whose random number is below it; nil: all.
  private let threshold: UInt64?
  private var ring: ByteRing.Writer?
  private let wakeup: Wakeup?
  private var hasWoken = false
  private var random = RandomBits()

  private var notes: Slab<AccessNote>
  /// The number of the client's note; -1: none.
  private var numbers: Slab<Int32>
  private var unused: Slab<Int32>

  /// Without a log.
  init() {
    isOn = false
    takesUsers = false
    takesAgents = false
    threshold = nil
    ring = nil
    wakeup = nil
    notes = Slab(capacity: 0)
    numbers = Slab(capacity: 0)
    unused = Slab(capacity: 0)
  }

  init(_ settings: AccessLogSettings, ring: ByteRing, wakeup: Wakeup, clients: Int) {
    isOn = true
    takesUsers = settings.user != .none
    takesAgents = settings.format == .combined
    threshold = settings.sample < 1 ? UInt64(settings.sample * 0x1p63) * 2 : nil
    self.ring = ring.writer
    self.wakeup = wakeup
    notes = Slab(capacity: clients)
    numbers = Slab(capacity: clients) { _ in -1 }
    unused = Slab(capacity: clients)
  }

  /// Begins a note for the client's next request.
  private mutating func begin(_ client: Int) -> Int {
    if numbers[client] < 0 {
      if unused.count > 0 {
        numbers[client] = unused.removeLast()
      } else {
        numbers[client] = Int32(truncatingIfNeeded: notes.count)
        notes.append(AccessNote())
      }
    }
    let number = Int(numbers[client])
    notes[number].begin()
    return number
  }

  /// The note of the request that is under way; nil: there is none, or it is in the log already.
  private func number(of client: Int) -> Int? {
    guard isOn, numbers[client] >= 0 else { return nil }
    return Int(numbers[client])
  }

  /// A request whose head is complete.
  mutating func noteHead(
    _ client: Int, _ head: RequestHead, _ input: inout StreamBuffer, _ fields: borrowing FieldTable
  ) {
    guard isOn else { return }
    let number = begin(client)
    notes[number].note(head, input.received)
    if takesAgents { notes[number].noteAgent(input.received, fields) }
  }

  /// A request whose head broke a rule or is incomplete: its first line, as far as it came.
  mutating func noteMalformed(_ client: Int, _ input: inout StreamBuffer) {
    guard isOn else { return }
    notes[begin(client)].noteMalformed(input.received)
  }

  /// The user whose key `users` found last.
  mutating func noteUser(_ client: Int, _ users: borrowing UserKeyReader, bucket: Int32) {
    guard let number = number(of: client) else { return }
    notes[number].record.bucket = bucket
    if takesUsers { notes[number].noteUser(users.found) }
  }

  /// A user who is known by the address.
  mutating func noteUser(_ client: Int, _ peer: PeerAddress, bucket: Int32) {
    guard let number = number(of: client) else { return }
    notes[number].record.bucket = bucket
    if takesUsers { notes[number].noteUser(peer.bytes) }
  }

  /// The ids under which the request goes on.
  mutating func noteIDs(_ client: Int, _ ids: RequestIDs, _ input: inout StreamBuffer, _ head: borrowing ByteWriter) {
    guard let number = number(of: client) else { return }
    notes[number].noteRequestID(input.received.extracting(ids.clientRequest))
    notes[number].noteRequestID(head.bytes.extracting(ids.newRequest))
    notes[number].noteTraceID(input.received.extracting(ids.clientTrace))
    notes[number].noteTraceID(head.bytes.extracting(ids.newTrace))
  }

  /// The exchange has ended: its line goes to the log, once. A success may be left out.
  mutating func noteEnd(_ client: Int, _ exchange: Exchange, _ peer: PeerAddress, now: UInt64, flagCount: Int) {
    guard let number = number(of: client) else { return }
    let isSuccess = exchange.termination == .completed && exchange.status < 400
    if !isSuccess || !isSampling || keeps(random.next()) {
      notes[number].record.isSampled = isSuccess && isSampling
      notes[number].record.fill(exchange, now: now, flagCount: flagCount)
      notes[number].noteClient(peer.bytes)
      notes[number].send(to: &ring)
      wakeWriter()
    }
    numbers[client] = -1
    unused.append(Int32(truncatingIfNeeded: number))
  }

  /// Whether successes are left out.
  var isSampling: Bool { threshold != nil }

  /// Whether a success is logged, by that random number.
  func keeps(_ random: UInt64) -> Bool { threshold.map { random < $0 } ?? true }

  /// The thread that writes wakes up by itself every few milliseconds. It is woken only when that may be too late, and once.
  private mutating func wakeWriter() {
    let isHalfFull = ring?.isHalfFull() ?? false
    if isHalfFull, !hasWoken { wakeup?.wake() }
    hasWoken = isHalfFull
  }
}
