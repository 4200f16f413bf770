import Concurrency
import Synchronization
import Testing

@Suite struct ByteRingTests {
  @Test("Records come out whole, in order and once, of every length, many times round")
  func order() {
    let ends = Ends(capacity: 4_096)
    for round in 0..<2_000 {
      let lengths = [round % 97, round % 800, 0, 7, 8, 9]
      for length in lengths { #expect(ends.write(Self.record(round, length))) }
      for length in lengths { #expect(ends.read() == Self.record(round, length)) }
      #expect(ends.read() == nil)
      #expect(ends.isEmpty)
    }
    #expect(ends.ring.refusedCount == 0)
  }

  @Test("What does not fit is refused and counted; there is room again when something was read")
  func full() {
    let ends = Ends(capacity: 4_096)
    let record = [UInt8](repeating: 1, count: 504)
    for _ in 0..<8 { #expect(ends.write(record)) }
    #expect(!ends.write(record))
    #expect(!ends.write([]))
    #expect(ends.ring.refusedCount == 2)
    #expect(ends.read() == record)
    #expect(ends.write(record))
    #expect(!ends.write(record))
    #expect(ends.ring.refusedCount == 3)
    #expect(!ends.write([UInt8](repeating: 1, count: 5_000)))
    for _ in 0..<8 { #expect(ends.read() == record) }
    #expect(ends.isEmpty)
    #expect(!ends.write([UInt8](repeating: 1, count: 5_000)))
  }

  @Test("It is half full when more than half waits, as the reader stands now")
  func halfFull() {
    let ends = Ends(capacity: 4_096)
    let record = [UInt8](repeating: 1, count: 504)
    for _ in 0..<4 { _ = ends.write(record) }
    #expect(!ends.isHalfFull)
    _ = ends.write(record)
    #expect(ends.isHalfFull)
    _ = ends.read()
    #expect(!ends.isHalfFull)
  }

  @Test("A capacity is rounded up to a power of two", arguments: [(0, 4_096), (4_097, 8_192), (1 << 20, 1 << 20)])
  func capacities(asked: Int, given: Int) { #expect(ByteRing(capacity: asked).capacity == given) }

  @Test("Between two threads at full speed no record is torn, lost or doubled", arguments: [4_096, 65_536])
  func stress(capacity: Int) {
    let (ends, count) = (Ends(capacity: capacity), 100_000)
    let isDone = Atomic(false)
    let written = Atomic(0)
    let read = Atomic(0)
    let torn = Atomic(0)
    onThreads([
      {
        for number in 0..<count where ends.write(Self.record(number, number % 61)) {
          written.add(1, ordering: .relaxed)
        }
        isDone.store(true, ordering: .releasing)
      },
      {
        var next = 0
        while true {
          // Asked before reading, so that nothing comes after the last look.
          let wasDone = isDone.load(ordering: .acquiring)
          guard let found = ends.read() else {
            if wasDone { break }
            continue
          }
          let number = Self.number(of: found)
          // Refused ones are missing; the order stays.
          if number < next || found != Self.record(number, number % 61) { torn.add(1, ordering: .relaxed) }
          next = number + 1
          read.add(1, ordering: .relaxed)
        }
      },
    ])
    #expect(torn.load(ordering: .relaxed) == 0)
    #expect(read.load(ordering: .relaxed) == written.load(ordering: .relaxed))
    #expect(written.load(ordering: .relaxed) + Int(ends.ring.refusedCount) == count)
    #expect(written.load(ordering: .relaxed) > 0)
  }

  /// The number, then so many bytes that follow from it.
  @Test("The two ends of a ring keep it alive")
  func ends() {
    weak var weakRing: ByteRing?
    do {
      var writer: ByteRing.Writer
      var reader: ByteRing.Reader
      do {
        let ring = ByteRing(capacity: 4_096)
        weakRing = ring
        writer = ring.writer
        reader = ring.reader
      }
      let isWritten = writer.write(([1, 2, 3] as [UInt8]).span.bytes)
      var count = 0
      let isRead = reader.read { count = $0.byteCount }
      #expect(isWritten)
      #expect(isRead)
      #expect(count == 3)
      #expect(weakRing != nil)
    }
    #expect(weakRing == nil)
  }

  private static func record(_ number: Int, _ length: Int) -> [UInt8] {
    withUnsafeBytes(of: UInt32(number).littleEndian) { Array($0) }
      + (0..<length).map { UInt8(truncatingIfNeeded: number &* 31 &+ $0) }
  }

  private static func number(of record: [UInt8]) -> Int {
    record.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}

/// Both ends of a ring, each for one thread.
private final class Ends: @unchecked Sendable {
  let ring: ByteRing
  private var writer: ByteRing.Writer
  private var reader: ByteRing.Reader

  init(capacity: Int) {
    ring = ByteRing(capacity: capacity)
    writer = ring.writer
    reader = ring.reader
  }

  func write(_ record: [UInt8]) -> Bool { writer.write(record.span.bytes) }

  var isHalfFull: Bool { writer.isHalfFull() }

  /// Nil when there is none.
  func read() -> [UInt8]? {
    var found: [UInt8]?
    _ = reader.read { bytes in found = bytes.withUnsafeBytes { Array($0) } }
    return found
  }

  var isEmpty: Bool { reader.isEmpty }
}
