internal import Bytes

/// Makes lines of records, in memory that is used again: no String, no allocation.
struct AccessFormatter: ~Copyable {
  /// Lines that wait to be written.
  var lines = ByteWriter(capacity: 256 * 1_024)
  var clock = AccessClock()
  let names: AccessNames
  private let format: AccessLogSettings.Format
  private let hashesUsers: Bool
  private let hash: SipHash?
  /// How many requests a line of a sampled success stands for.
  let weight: FixedBytes

  /// More than any line has: a byte from the network becomes six at most, and what is our own has less than 4 KiB.
  static let longestLine = 6 * AccessRecord.mostBytes + 4_096

  /// `hash` is for user keys, where those are hashed.
  init(_ settings: ProxySettings, hash: SipHash?) {
    names = AccessNames(settings)
    format = settings.accessLog.format
    hashesUsers = settings.accessLog.user == .hash
    self.hash = hash
    let requests = 1 / settings.accessLog.sample
    weight = FixedBytes(Int(exactly: requests).map { "\($0)" } ?? "\(requests)")
  }

  deinit { weight.deallocate() }

  var hasRoom: Bool { lines.capacity &- lines.count >= Self.longestLine }

  /// Adds the line of one record, as `AccessNote.bytes` has it.
  mutating func append(_ bytes: RawSpan) {
    guard bytes.byteCount >= MemoryLayout<AccessRecord>.size else { return }
    let record = unsafe bytes.unsafeLoadUnaligned(as: AccessRecord.self)
    let text = bytes.extracting(from: MemoryLayout<AccessRecord>.size, to: bytes.byteCount)
    switch format {
    case .json: appendJSON(record, text)
    case .combined: appendCombined(record, text)
    }
  }

  /// The user where only hashes are written. False: keys are.
  mutating func appendHash(of key: RawSpan) -> Bool {
    guard hashesUsers else { return false }
    if let hash { lines.append(hexadecimal: hash.hash(key)) }
    return true
  }
}

extension RawSpan {
  @_lifetime(copy self)
  func part(_ part: AccessRecord.Part) -> RawSpan {
    extracting(from: Int(part.offset), to: Int(part.offset) &+ Int(part.count))
  }
}
