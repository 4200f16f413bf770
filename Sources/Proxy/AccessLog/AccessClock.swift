internal import Bytes

/// Formats readings of the monotonic clock for the two formats. The calendar is computed once a second.
struct AccessClock: ~Copyable {
  /// Nanoseconds from 1970 to the start of the monotonic clock.
  var offset: UInt64 = 0
  private var second = Int.min
  /// `2026-07-12T04:17:21` and `12/Jul/2026:04:17:21 +0000` of that second.
  private var timestamp = ByteWriter(capacity: 20)
  private var logTime = ByteWriter(capacity: 32)

  /// RFC 3339, with microseconds.
  mutating func appendTimestamp(_ reading: UInt64, to line: inout ByteWriter) {
    let nanoseconds = reading &+ offset
    turn(to: nanoseconds)
    line.append(timestamp.bytes)
    line.append(".")
    line.append(decimal: nanoseconds / 1_000 % 1_000_000, digits: 6)
    line.append("Z")
  }

  /// Apache's format.
  mutating func appendLogTime(_ reading: UInt64, to line: inout ByteWriter) {
    turn(to: reading &+ offset)
    line.append(logTime.bytes)
  }

  private mutating func turn(to nanoseconds: UInt64) {
    let now = Int(nanoseconds / 1_000_000_000)
    guard now != second else { return }
    second = now
    let time = CivilTime(seconds: now)
    timestamp.removeAll()
    timestamp.append(time.year, 4, "-")
    timestamp.append(time.month, 2, "-")
    timestamp.append(time.day, 2, "T")
    timestamp.append(time)
    logTime.removeAll()
    logTime.append(time.day, 2, "/")
    for index in (time.month - 1) * 3..<time.month * 3 { logTime.append(unsafe Self.months.utf8Start[index]) }
    logTime.append("/")
    logTime.append(time.year, 4, ":")
    logTime.append(time)
    logTime.append(" +0000")
  }

  private static let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"
}

extension ByteWriter {
  /// Digits, then `end`.
  fileprivate mutating func append(_ number: Int, _ digits: Int, _ end: StaticString) {
    append(decimal: UInt64(clamping: number), digits: digits)
    append(end)
  }

  fileprivate mutating func append(_ time: CivilTime) {
    append(time.hour, 2, ":")
    append(time.minute, 2, ":")
    append(time.second, 2, "")
  }
}
