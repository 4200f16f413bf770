internal import Bytes
internal import Flags

// One JSON object for a request. What is not known of it is left out.
extension AccessFormatter {
  mutating func appendJSON(_ record: AccessRecord, _ text: RawSpan) {
    lines.append("{\"time\":\"")
    clock.appendTimestamp(record.begunAt, to: &lines)
    lines.append("\"")
    appendText(",\"request_id\":\"", text.part(record.requestID))
    appendText(",\"trace_id\":\"", text.part(record.traceID))
    appendText(",\"client\":\"", text.part(record.client))
    appendAsked(record, text)
    appendAnswered(record)
    appendDecided(record, text)
    appendServed(record)
    appendMilliseconds(",\"head_ms\":", record.head)
    appendMilliseconds(",\"queue_ms\":", record.queue)
    appendMilliseconds(",\"connect_ms\":", record.connect)
    if record.firstByte > 0 { appendMilliseconds(",\"first_byte_ms\":", record.firstByte) }
    appendMilliseconds(",\"total_ms\":", record.total)
    appendNumber(",\"bytes_in\":", record.bytesIn)
    appendNumber(",\"bytes_out\":", record.bytesOut)
    if record.isSampled {
      lines.append(",\"weight\":")
      lines.append(weight.bytes)
    }
    lines.append("}\n")
  }

  private mutating func appendAsked(_ record: AccessRecord, _ text: RawSpan) {
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

  private mutating func appendAnswered(_ record: AccessRecord) {
    appendNumber(",\"status\":", UInt64(clamping: record.status))
    if let termination = Termination(rawValue: record.termination) {
      lines.append(",\"termination\":\"")
      lines.append(termination.word)
      lines.append("\"")
    }
    appendWord(",\"reason\":\"", names.localResponses.word(record.ownAnswer))
  }

  private mutating func appendDecided(_ record: AccessRecord, _ text: RawSpan) {
    guard let cohort = Cohort(rawValue: record.cohort) else { return }
    appendWord(",\"flag\":\"", names.flags.word(record.flag))
    lines.append(cohort == .legacy ? ",\"cohort\":\"legacy\"" : ",\"cohort\":\"unified\"")
    appendNumber(",\"generation\":", record.generation)
    if let why = names.reasons.word(record.reason) {
      appendWord(",\"why\":\"", why)
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

  private mutating func appendServed(_ record: AccessRecord) {
    appendWord(",\"server\":\"", names.servers.word(record.server))
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

  private mutating func appendWord(_ key: StaticString, _ word: FixedBytes?) {
    guard let word else { return }
    lines.append(key)
    lines.append(word.bytes)
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
