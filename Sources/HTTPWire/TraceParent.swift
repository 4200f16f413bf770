public import Bytes

/// The value of traceparent, which says what trace a request belongs to (W3C Trace Context Level 1, 3.2):
///
///     00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
///     version, trace id, parent id, flags
public enum TraceParent {
  public static let length = 55
  /// Where the trace id stands.
  public static let traceID = ByteRange(offset: 3, length: 32)

  /// Whether a receiver may go on with that trace. All digits are in lower case, no id is zero, and a version above 00 may
  /// have more behind another hyphen (3.2.4); ff is no version.
  public static func isValid(_ value: RawSpan) -> Bool {
    guard value.byteCount >= length, isHexadecimal(value, from: 0, to: 2), value[2] == ASCII.hyphen,
      isID(value, from: 3, to: 35), value[35] == ASCII.hyphen, isID(value, from: 36, to: 52),
      value[52] == ASCII.hyphen, isHexadecimal(value, from: 53, to: 55)
    else { return false }
    let isFirst = value[0] == 0x30 && value[1] == 0x30
    guard !isFirst else { return value.byteCount == length }
    guard value[0] != 0x66 || value[1] != 0x66 else { return false }
    return value.byteCount == length || value[55] == ASCII.hyphen
  }

  @_noLocks
  private static func isID(_ bytes: RawSpan, from start: Int, to end: Int) -> Bool {
    var isZero = true
    var index = start
    while index < end {
      guard isDigit(bytes[index]) else { return false }
      if bytes[index] != 0x30 { isZero = false }
      index &+= 1
    }
    return !isZero
  }

  @_noLocks
  private static func isHexadecimal(_ bytes: RawSpan, from start: Int, to end: Int) -> Bool {
    var index = start
    while index < end {
      guard isDigit(bytes[index]) else { return false }
      index &+= 1
    }
    return true
  }

  @_noLocks @inline(__always)
  private static func isDigit(_ byte: UInt8) -> Bool { ASCII.isDigit(byte) || byte &- 0x61 < 6 }
}
