internal import Bytes
internal import Concurrency
internal import Flags
internal import Statistics

/// Turns records into lines, in memory that is reused: no String, no allocation.
struct AccessFormatter: ~Copyable {
  /// Lines that are not written yet.
  var lines = ByteWriter(capacity: 256 * 1_024)
  var clock = AccessClock()
  let names: AccessNames
  private let format: AccessLogSettings.Format
  private let hashesUsers: Bool
  private let hash: SipHash?
  /// How many requests a line of a sampled success stands for.
  let weight: FixedBytes

  /// More bytes than any line has: a byte from the network becomes at most six, and the rest is less than 4 KiB.
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

  var hasRoom: Bool { lines.capacity &- lines.count >= Self.longestLine }

  /// Appends the lines of the records in a ring, as far as there is room, and returns how many.
  mutating func fill(from ring: inout ByteRing.Reader) -> Int {
    var count = 0
    while hasRoom, ring.read({ append($0) }) { count &+= 1 }
    return count
  }

  /// Appends the line of one record, in the form of `AccessNote.bytes`.
  mutating func append(_ bytes: RawSpan) {
    guard bytes.byteCount >= MemoryLayout<AccessRecord>.size else { return }
    let record = unsafe bytes.unsafeLoadUnaligned(as: AccessRecord.self)
    let text = bytes.extracting(from: MemoryLayout<AccessRecord>.size, to: bytes.byteCount)
    switch format {
    case .json: appendJSON(record, text)
    case .combined: appendCombined(record, text)
    }
  }

  /// Appends the hash of the user key where only hashes are logged. False where keys are.
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

// One JSON object for a request, without the members that are not known.
extension AccessFormatter {
  mutating func appendJSON(_ record: AccessRecord, _ text: RawSpan) {
    lines.append("{\"time\":\"")
    clock.appendTimestamp(record.begunAt, to: &lines)
    lines.append("\"")
    appendText(",\"request_id\":\"", text.part(record.requestID))
    appendText(",\"trace_id\":\"", text.part(record.traceID))
    appendText(",\"client\":\"", text.part(record.client))
    appendRequest(record, text)
    appendResponse(record)
    appendDecision(record, text)
    appendServer(record)
    appendMilliseconds(",\"head_ms\":", record.head)
    appendMilliseconds(",\"queue_ms\":", record.queue)
    appendMilliseconds(",\"connect_ms\":", record.connect)
    if record.firstByte > 0 { appendMilliseconds(",\"first_byte_ms\":", record.firstByte) }
    appendMilliseconds(",\"total_ms\":", record.total)
    appendNumber(",\"bytes_in\":", record.bytesIn)
    appendNumber(",\"bytes_out\":", record.bytesOut)
    if record.isSampled {
      lines.append(",\"weight\":")
      lines.append(weight)
    }
    lines.append("}\n")
  }

  private mutating func appendRequest(_ record: AccessRecord, _ text: RawSpan) {
    guard !record.isMalformed else { return appendText(",\"line\":\"", text.part(record.target)) }
    appendText(",\"method\":\"", text.part(record.method))
    lines.append(",\"target\":\"")
    lines.append(jsonText: text.part(record.target))
    lines.append("\"")
    if record.targetLength > record.target.count {
      appendNumber(",\"target_bytes\":", UInt64(record.targetLength))
    }
    lines.append(record.minorVersion == 0 ? ",\"http\":\"1.0\"" : ",\"http\":\"1.1\"")
  }

  private mutating func appendResponse(_ record: AccessRecord) {
    appendNumber(",\"status\":", UInt64(clamping: record.status))
    if let termination = Termination(rawValue: record.termination) {
      lines.append(",\"termination\":\"")
      lines.append(termination.word)
      lines.append("\"")
    }
    lines.append(",\"reason\":\"", names.localResponses, record.localResponse)
  }

  private mutating func appendDecision(_ record: AccessRecord, _ text: RawSpan) {
    guard let cohort = Cohort(rawValue: record.cohort) else { return }
    lines.append(",\"flag\":\"", names.flags, record.flag)
    lines.append(cohort == .legacy ? ",\"cohort\":\"legacy\"" : ",\"cohort\":\"unified\"")
    appendNumber(",\"generation\":", record.generation)
    if Int(record.reason) < names.reasons.count {
      lines.append(",\"why\":\"", names.reasons, record.reason)
    } else {
      lines.append(",\"why\":\"fixed\"")
    }
    if record.bucket >= 0 { appendNumber(",\"bucket\":", UInt64(record.bucket)) }
    guard record.user.count > 0 else { return }
    lines.append(",\"user\":\"")
    let key = text.part(record.user)
    if !appendHash(of: key) { lines.append(jsonText: key) }
    lines.append("\"")
  }

  private mutating func appendServer(_ record: AccessRecord) {
    lines.append(",\"server\":\"", names.servers, record.server)
    guard record.attempts > 0 else { return }
    appendNumber(",\"attempts\":", UInt64(record.attempts))
    appendNumber(",\"retries\":", UInt64(record.retries))
  }

  /// Nothing for an empty text.
  private mutating func appendText(_ key: StaticString, _ value: RawSpan) {
    guard value.byteCount > 0 else { return }
    lines.append(key)
    lines.append(jsonText: value)
    lines.append("\"")
  }

  private mutating func appendNumber(_ key: StaticString, _ number: UInt64) {
    lines.append(key)
    lines.append(decimal: number)
  }

  /// With three decimals, the last one rounded.
  private mutating func appendMilliseconds(_ key: StaticString, _ nanoseconds: UInt64) {
    let microseconds = nanoseconds / 1_000 &+ (nanoseconds % 1_000 >= 500 ? 1 : 0)
    lines.append(key)
    lines.append(decimal: microseconds / 1_000)
    lines.append(".")
    lines.append(decimal: microseconds % 1_000, digits: 3)
  }
}

// The combined format: client - user [time] "request" status bytes "referer" "user-agent".
extension AccessFormatter {
  /// The status of a request that got no response, as in nginx.
  private static var noResponse: UInt64 { 499 }

  mutating func appendCombined(_ record: AccessRecord, _ text: RawSpan) {
    appendOrDash(text.part(record.client))
    lines.append(" - ")
    appendUser(text.part(record.user))
    lines.append(" [")
    clock.appendLogTime(record.begunAt, to: &lines)
    lines.append("] \"")
    appendRequestLine(record, text)
    lines.append("\" ")
    lines.append(decimal: record.status > 0 ? UInt64(record.status) : Self.noResponse)
    lines.append(" ")
    lines.append(
      decimal: record.bytesOut > record.responseHeadBytes ? record.bytesOut &- UInt64(record.responseHeadBytes) : 0)
    lines.append(" \"")
    appendOrDash(text.part(record.referer))
    lines.append("\" \"")
    appendOrDash(text.part(record.agent))
    lines.append("\"\n")
  }

  private mutating func appendUser(_ key: RawSpan) {
    guard key.byteCount > 0 else { return lines.append("-") }
    if !appendHash(of: key) { lines.append(plainText: key, quoted: false) }
  }

  private mutating func appendRequestLine(_ record: AccessRecord, _ text: RawSpan) {
    let isCut = record.targetLength > record.target.count
    guard !record.isMalformed else {
      appendOrDash(text.part(record.target))
      return lines.append(isCut ? "..." : "")
    }
    lines.append(plainText: text.part(record.method), quoted: false)
    lines.append(" ")
    lines.append(plainText: text.part(record.target), quoted: false)
    lines.append(isCut ? "..." : "")
    lines.append(record.minorVersion == 0 ? " HTTP/1.0" : " HTTP/1.1")
  }

  private mutating func appendOrDash(_ bytes: RawSpan) {
    if bytes.byteCount > 0 { lines.append(plainText: bytes, quoted: true) } else { lines.append("-") }
  }
}

/// The words for the numbers of a record, made once.
struct AccessNames: ~Copyable {
  let flags: Slab<FixedBytes>
  let servers: Slab<FixedBytes>
  let localResponses: Slab<FixedBytes>
  let reasons: Slab<FixedBytes>

  init(_ settings: ProxySettings) {
    // None of them needs an escape: a flag's name has letters, digits and _.:-, a server is a host and a port.
    func words(_ texts: [String]) -> Slab<FixedBytes> { Slab(capacity: texts.count) { FixedBytes(texts[$0]) } }
    flags = words(settings.flagNames)
    servers = words((settings.legacy.servers + settings.unified.servers).map(\.description))
    localResponses = words(LocalResponse.labels.map(\.reason))
    reasons = words(DecisionReason.allCases.map(\.description))
  }
}

extension ByteWriter {
  /// `key`, the word with that number and a quote; nothing when there is no such word.
  fileprivate mutating func append(
    _ key: StaticString, _ words: borrowing Slab<FixedBytes>, _ number: some BinaryInteger
  ) {
    let index = Int(number)
    guard index >= 0, index < words.count else { return }
    append(key)
    append(words[index].bytes)
    append("\"")
  }
}
