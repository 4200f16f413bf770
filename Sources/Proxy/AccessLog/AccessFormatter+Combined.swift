internal import Bytes

// The combined format: client - user [time] "request" status bytes "referer" "user-agent".
extension AccessFormatter {
  /// For a request that got no answer, as nginx has it.
  private static var noAnswer: UInt64 { 499 }

  mutating func appendCombined(_ record: AccessRecord, _ text: RawSpan) {
    appendOrDash(text.part(record.client))
    lines.append(" - ")
    appendUser(text.part(record.user))
    lines.append(" [")
    clock.appendLogTime(record.begunAt, to: &lines)
    lines.append("] \"")
    appendRequest(record, text)
    lines.append("\" ")
    lines.append(decimal: record.status > 0 ? UInt64(record.status) : Self.noAnswer)
    lines.append(" ")
    lines.append(
      decimal: record.bytesOut > record.answerHeadBytes ? record.bytesOut &- UInt64(record.answerHeadBytes) : 0)
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

  private mutating func appendRequest(_ record: AccessRecord, _ text: RawSpan) {
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
