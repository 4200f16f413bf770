import Bytes
import TestSupport

/// A stream buffer beside a model of it in plain arrays. Each step does the same to both, with arguments that are often
/// out of range; where the bytes lie is read from the address of the free space.
final class BufferRun {
  private let capacity: Int
  private let start: UnsafeMutableRawPointer?
  private let headroom: Int
  private var buffer: StreamBuffer
  private var random: SeededGenerator
  private var ready: [UInt8] = []
  private var received: [UInt8] = []
  /// Sent or dropped since anything was moved: what `unsend` may bring back.
  private var sent: [UInt8] = []
  private(set) var history: [String] = []

  init(seed: UInt64) {
    random = SeededGenerator(seed: seed)
    capacity = Int.random(in: 1...64, using: &random)
    headroom = Int.random(in: 0...80, using: &random)
    buffer = StreamBuffer(capacity: capacity, headroom: 0)
    buffer.free.initializeMemory(as: UInt8.self, repeating: 0)
    start = buffer.free.baseAddress
    buffer.reset(headroom: headroom)
    history.append("capacity \(capacity), headroom \(headroom)")
  }

  /// Whether the buffer still agrees with the model after one more random call.
  func step() -> Bool {
    switch Int.random(in: 0..<24, using: &random) {
    case 0..<3: receive()
    case 3..<6: fill()
    case 6..<9: skip()
    case 9..<13: passThrough()
    case 13..<15: replaceHead()
    case 15..<18: send()
    case 18: unsend()
    case 19: dropReady()
    case 20, 21: compact()
    case 22: makeRoom()
    default: reset()
    }
  }

  private var agrees: Bool {
    let free = buffer.free
    return array(buffer.ready) == ready && array(buffer.received) == received && buffer.readyCount == ready.count
      && buffer.receivedCount == received.count && buffer.isEmpty == (ready.isEmpty && received.isEmpty)
      && free.count == buffer.freeCount && receivedEnd + free.count == capacity
  }

  /// The offset behind the last received byte.
  private var receivedEnd: Int {
    guard let free = buffer.free.baseAddress, let start else { return -1 }
    return free - start
  }

  private func note(_ call: String) { history.append(call) }

  private func randomCount(around count: Int) -> Int { Int.random(in: -2...count + 2, using: &random) }

  private func randomBytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
  }

  private func receive() -> Bool {
    let bytes = randomBytes(Int.random(in: 0...24, using: &random))
    let fits = bytes.count <= buffer.freeCount
    note("receive \(bytes.count)")
    if fits { received += bytes }
    return buffer.receive(bytes.span.bytes) == fits && agrees
  }

  /// As the kernel does it.
  private func fill() -> Bool {
    let bytes = randomBytes(buffer.freeCount)
    buffer.free.copyBytes(from: bytes)
    let count = randomCount(around: bytes.count)
    note("didReceive \(count)")
    buffer.didReceive(count)
    received += bytes.prefix(max(0, count))
    return agrees
  }

  private func skip() -> Bool {
    let count = randomCount(around: received.count)
    note("skip \(count)")
    buffer.skip(count)
    received.removeFirst(min(max(0, count), received.count))
    return agrees
  }

  private func passThrough() -> Bool {
    let count = randomCount(around: received.count)
    let passed = received.prefix(max(0, count))
    note("passThrough \(count)")
    if ready.isEmpty { sent = [] }
    buffer.passThrough(count)
    ready += passed
    received.removeFirst(passed.count)
    return agrees
  }

  private func replaceHead() -> Bool {
    let consumed = randomCount(around: received.count)
    let head = randomBytes(Int.random(in: 0...24, using: &random))
    let replaced = min(max(0, consumed), received.count)
    let fits = ready.isEmpty && head.count <= receivedEnd - received.count + replaced
    note("replaceHead \(consumed) by \(head.count)")
    if fits {
      ready = head
      received.removeFirst(replaced)
      sent = []
    }
    return buffer.replaceHead(consumed: consumed, with: head.span.bytes) == fits && agrees
  }

  private func send() -> Bool {
    let count = randomCount(around: ready.count)
    note("didSend \(count)")
    buffer.didSend(count)
    sent += ready.prefix(max(0, count))
    ready.removeFirst(min(max(0, count), ready.count))
    return agrees
  }

  private func unsend() -> Bool {
    let count = Int.random(in: 0...sent.count, using: &random)
    note("unsend \(count)")
    buffer.unsend(count)
    ready = sent.suffix(count) + ready
    sent.removeLast(count)
    return agrees
  }

  private func dropReady() -> Bool {
    note("dropReady")
    buffer.dropReady()
    sent += ready
    ready = []
    return agrees
  }

  private func compact() -> Bool {
    let before = buffer.freeCount
    note("compact")
    buffer.compact(headroom: headroom)
    sent = []
    return agrees && hasMadeRoom && buffer.freeCount >= before
  }

  /// Nothing but the headroom, or less, lies before the bytes that are held, and nothing between them.
  private var hasMadeRoom: Bool {
    buffer.freeCount >= max(0, capacity - headroom) - ready.count - received.count
  }

  private func makeRoom() -> Bool {
    let before = buffer.freeCount
    let mustMove = before == 0 || buffer.isEmpty
    note("makeRoom")
    buffer.makeRoom(headroom: headroom)
    if mustMove { sent = [] }
    return agrees && (mustMove ? hasMadeRoom : buffer.freeCount == before)
  }

  private func reset() -> Bool {
    note("reset")
    buffer.reset(headroom: headroom)
    (ready, received, sent) = ([], [], [])
    return agrees && buffer.freeCount == max(0, capacity - headroom)
  }
}
