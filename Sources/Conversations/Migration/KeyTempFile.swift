internal import Glibc
internal import Reactor

/// Keys in a file without a name, which ends with the process: as many as there are, in little memory.
struct KeyTempFile: ~Copyable {
  private let descriptor: Descriptor
  /// What is not yet in the file, or was read from it and not yet taken.
  private var buffer: [UInt8] = []
  private var place = 0
  private(set) var count = 0

  /// O_TMPFILE of open(2), which is a macro of several flags.
  private static let withoutName = 0o20_000_000 | O_DIRECTORY
  private static let piece = 64 << 10

  /// Nil where no file can be made; then one goes without.
  init?() {
    let folder = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    let number = unsafe open(folder, Self.withoutName | O_RDWR | O_CLOEXEC, 0o600)
    if number < 0 { return nil }
    descriptor = Descriptor(owning: number)
  }

  /// False when the file takes no more.
  mutating func add(_ key: [UInt8]) -> Bool {
    unsafe withUnsafeBytes(of: UInt32(truncatingIfNeeded: key.count)) { unsafe buffer.append(contentsOf: $0) }
    buffer += key
    count += 1
    return buffer.count < Self.piece || flush()
  }

  private mutating func flush() -> Bool {
    var written = 0
    while written < buffer.count {
      let part = written
      let moved = unsafe buffer.withUnsafeBytes {
        unsafe write(descriptor.number, $0.baseAddress.map { unsafe $0 + part }, $0.count - part)
      }
      if moved < 0, errno == EINTR { continue }
      if moved <= 0 { return false }
      written += moved
    }
    buffer.removeAll(keepingCapacity: true)
    return true
  }

  /// From now on keys are taken, from the first on. False when the file does not take them all.
  mutating func rewind() -> Bool {
    guard flush() else { return false }
    return lseek(descriptor.number, 0, SEEK_SET) == 0
  }

  /// Nil at the end.
  mutating func next() -> [UInt8]? {
    guard let head = take(4) else { return nil }
    let size = head.reversed().reduce(0) { $0 << 8 | Int($1) }
    return take(size)
  }

  private mutating func take(_ size: Int) -> [UInt8]? {
    while buffer.count - place < size {
      buffer.removeFirst(place)
      place = 0
      var piece = [UInt8](repeating: 0, count: max(Self.piece, size))
      let moved = unsafe read(descriptor.number, &piece, piece.count)
      if moved < 0, errno == EINTR { continue }
      if moved <= 0 { return nil }
      buffer += piece[..<moved]
    }
    defer { place += size }
    return Array(buffer[place..<(place + size)])
  }
}
