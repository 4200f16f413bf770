// This module is public where the others say package: the compiler inlines across modules what is public only, and
// calls for each byte made the head parser three times slower.

/// Character classes of RFC 9110 5.6.2 and RFC 9112, as bit masks: no table in memory, no branch.
public enum ASCII {
  public static let tab: UInt8 = 0x09
  public static let lineFeed: UInt8 = 0x0A
  public static let carriageReturn: UInt8 = 0x0D
  public static let space: UInt8 = 0x20
  public static let comma: UInt8 = 0x2C
  public static let hyphen: UInt8 = 0x2D
  public static let colon: UInt8 = 0x3A
  public static let semicolon: UInt8 = 0x3B
  public static let underscore: UInt8 = 0x5F

  /// tchar (RFC 9110 5.6.2): "!#$%&'*+-.^_`|~", digits and letters.
  @_noLocks @inline(__always)
  public static func isToken(_ byte: UInt8) -> Bool {
    let low: UInt64 = 0x03FF_6CFA_0000_0000
    let high: UInt64 = 0x57FF_FFFF_C7FF_FFFE
    let mask = byte & 0x40 == 0 ? low : high
    return byte < 0x80 && (mask &>> UInt64(byte & 0x3F)) & 1 == 1
  }

  @_noLocks @inline(__always)
  public static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  /// SP or HTAB, the optional white space around values (RFC 9110 5.6.3).
  @_noLocks @inline(__always)
  public static func isWhitespace(_ byte: UInt8) -> Bool { byte == space || byte == tab }

  /// 0 to 15, or nil for what is no hexadecimal digit.
  @_noLocks @inline(__always)
  public static func hexValue(_ byte: UInt8) -> UInt8? {
    if isDigit(byte) { return byte &- 0x30 }
    let letter = (byte | 0x20) &- 0x61
    return letter < 6 ? letter &+ 10 : nil
  }

  /// `A` to `Z` become `a` to `z`, every other byte stays.
  @_noLocks @inline(__always)
  public static func lowercased(_ byte: UInt8) -> UInt8 {
    byte &- 0x41 < 26 ? byte | 0x20 : byte
  }
}

extension RawSpan {
  /// The byte at `index`; an index outside the span traps.
  public subscript(index: Int) -> UInt8 {
    @_noLocks @inline(__always) get { unsafe unsafeLoad(fromByteOffset: index, as: UInt8.self) }
  }

  /// Whether these bytes are `text`, which is ASCII in lower case, in any mixture of upper and lower case.
  @_noLocks
  public func equalsIgnoringCase(_ text: StaticString) -> Bool {
    guard text.utf8CodeUnitCount == byteCount else { return false }
    var index = 0
    while index < byteCount {
      guard unsafe text.utf8Start[index] == ASCII.lowercased(self[index]) else { return false }
      index &+= 1
    }
    return true
  }

  /// Whether these bytes are `text`, byte by byte.
  @_noLocks
  public func equals(_ text: StaticString) -> Bool {
    guard text.utf8CodeUnitCount == byteCount else { return false }
    var index = 0
    while index < byteCount {
      guard unsafe text.utf8Start[index] == self[index] else { return false }
      index &+= 1
    }
    return true
  }

  /// Whether both spans hold the same bytes but for the case of ASCII letters.
  @_noLocks
  public func equalsIgnoringCase(_ other: RawSpan) -> Bool {
    guard other.byteCount == byteCount else { return false }
    var index = 0
    while index < byteCount {
      guard ASCII.lowercased(self[index]) == ASCII.lowercased(other[index]) else { return false }
      index &+= 1
    }
    return true
  }

  /// Whether both spans hold the same bytes.
  @_noLocks
  public func equals(_ other: RawSpan) -> Bool {
    guard other.byteCount == byteCount else { return false }
    var index = 0
    while index < byteCount {
      guard self[index] == other[index] else { return false }
      index &+= 1
    }
    return true
  }

  /// The part of these bytes that `range` names; clamped to what is there.
  @inline(__always)
  @_lifetime(copy self)
  public func extracting(_ range: ByteRange) -> RawSpan { extracting(from: range.start, to: range.end) }

  /// The part of these bytes from `start` up to, not including, `end`; clamped to what is there.
  @inline(__always)
  @_lifetime(copy self)
  public func extracting(from start: Int, to end: Int) -> RawSpan {
    let upper = min(max(end, 0), byteCount)
    let lower = min(max(start, 0), upper)
    guard let base = unsafe baseAddress else { return self }
    let part = unsafe RawSpan(_unsafeStart: base + lower, byteCount: upper &- lower)
    return unsafe _overrideLifetime(part, copying: self)
  }

  /// Where the bytes are, for calls into C that end before the span does. Nil for an empty span without memory.
  public var baseAddress: UnsafeRawPointer? {
    @inline(__always) get { unsafe withUnsafeBytes { $0.baseAddress } }
  }
}
