internal import Bytes
internal import HTTPWire

/// Reads one claim at the top level of the payload of a bearer JWT (RFC 7519, RFC 6750). It does not check the signature:
/// the upstream does, and refuses a forged token whichever cohort it came to.
struct JWTClaimReader: ~Copyable {
  /// The decoded payload of the present token; heads have a bounded length.
  private var payload = ByteWriter(capacity: 16_384)

  /// How often the claim is there: 1 when the one Authorization line holds it once, as a string or an integer, which is
  /// appended to `key`.
  mutating func read(
    _ claim: borrowing FixedBytes, _ bytes: RawSpan, _ fields: borrowing FieldTable, into key: inout ByteWriter
  ) -> Int {
    var lines = 0
    var line = ByteRange.empty
    for number in 0..<fields.count where fields[number].id == .authorization && !fields[number].isDropped {
      lines &+= 1
      line = fields[number].value
    }
    guard lines == 1 else { return 0 }
    let value = bytes.extracting(line)
    guard value.byteCount > 7, value.extracting(from: 0, to: 7).equalsIgnoringCase("bearer ") else { return 0 }
    guard decodePayload(of: value.extracting(from: 7, to: value.byteCount)) else { return 0 }
    var scanner = ClaimScanner(payload.bytes)
    return scanner.find(claim, into: &key)
  }

  /// Decodes the part between the first two dots: base64url without padding (RFC 4648 5).
  private mutating func decodePayload(of token: RawSpan) -> Bool {
    payload.removeAll()
    var index = 0
    while index < token.byteCount, token[index] != 0x2E { index &+= 1 }
    index &+= 1
    var bits: UInt32 = 0
    var bitCount: UInt32 = 0
    while index < token.byteCount, token[index] != 0x2E {
      guard let value = Self.base64Value(token[index]) else { return false }
      bits = bits &<< 6 | UInt32(value)
      bitCount &+= 6
      if bitCount >= 8 {
        bitCount &-= 8
        payload.append(UInt8(truncatingIfNeeded: bits &>> bitCount))
      }
      index &+= 1
    }
    return index < token.byteCount && !payload.isOverflown
  }

  private static func base64Value(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x41...0x5A: byte &- 0x41
    case 0x61...0x7A: byte &- 0x47
    case 0x30...0x39: byte &+ 4
    case ASCII.hyphen: 62
    case ASCII.underscore: 63
    default: nil
    }
  }
}

/// Finds one member of a JSON object (RFC 8259) without building the document. Anything malformed on
/// the way yields no claim.
struct ClaimScanner: ~Escapable {
  private let text: RawSpan
  private var position = 0
  private static let deepest = 32

  @_lifetime(copy text)
  init(_ text: RawSpan) { self.text = text }

  /// How often `claim` is a member of the object with a string or an integer as its value; the value is appended to
  /// `key`. 0 also when the object is malformed.
  @_lifetime(self: copy self)
  mutating func find(_ claim: borrowing FixedBytes, into key: inout ByteWriter) -> Int {
    var occurrences = 0
    guard take(0x7B) else { return 0 }
    if take(0x7D) { return 0 }
    repeat {
      skipWhitespace()
      let start = position
      guard skipString() else { return 0 }
      let isClaim = text.extracting(from: start &+ 1, to: position &- 1).equals(claim.bytes)
      guard take(ASCII.colon) else { return 0 }
      if isClaim {
        occurrences &+= 1
        guard readKey(into: &key) else { return 0 }
      } else {
        guard skipValue(depth: 0) else { return 0 }
      }
    } while take(ASCII.comma)
    guard take(0x7D) else { return 0 }
    skipWhitespace()
    return position == text.byteCount ? occurrences : 0
  }

  @_lifetime(self: copy self)
  private mutating func skipWhitespace() {
    while position < text.byteCount {
      switch text[position] {
      case ASCII.space, ASCII.tab, ASCII.lineFeed, ASCII.carriageReturn: position &+= 1
      default: return
      }
    }
  }

  /// Steps over `byte` and the white space before it, if it comes next.
  @_lifetime(self: copy self)
  private mutating func take(_ byte: UInt8) -> Bool {
    skipWhitespace()
    guard position < text.byteCount, text[position] == byte else { return false }
    position &+= 1
    return true
  }

  @_lifetime(self: copy self)
  private mutating func skipString() -> Bool {
    guard take(0x22) else { return false }
    while position < text.byteCount {
      let byte = text[position]
      position &+= 1
      if byte == 0x22 { return true }
      if byte == 0x5C, !skipEscape() { return false }
      if byte < 0x20 { return false }
    }
    return false
  }

  @_lifetime(self: copy self)
  private mutating func skipValue(depth: Int) -> Bool {
    skipWhitespace()
    guard position < text.byteCount, depth < Self.deepest else { return false }
    switch text[position] {
    case 0x22: return skipString()
    case 0x7B: return skipMembers(closing: 0x7D, named: true, depth: depth)
    case 0x5B: return skipMembers(closing: 0x5D, named: false, depth: depth)
    default: return skipScalar()
    }
  }

  @_lifetime(self: copy self)
  private mutating func skipMembers(closing: UInt8, named: Bool, depth: Int) -> Bool {
    position &+= 1
    if take(closing) { return true }
    repeat {
      if named {
        skipWhitespace()
        guard skipString(), take(ASCII.colon) else { return false }
      }
      guard skipValue(depth: depth &+ 1) else { return false }
    } while take(ASCII.comma)
    return take(closing)
  }

  /// One of "\/bfnrtu; the digits of \u are looked at where the string is read.
  @_lifetime(self: copy self)
  private mutating func skipEscape() -> Bool {
    guard position < text.byteCount else { return false }
    let letter = text[position]
    position &+= 1
    switch letter {
    case 0x22, 0x5C, 0x2F, 0x62, 0x66, 0x6E, 0x72, 0x74, 0x75: return true
    default: return false
    }
  }

  @_lifetime(self: copy self)
  private mutating func skipScalar() -> Bool {
    switch text[position] {
    case 0x74: skipWord("true")
    case 0x66: skipWord("false")
    case 0x6E: skipWord("null")
    default: skipNumber()
    }
  }

  @_lifetime(self: copy self)
  private mutating func skipWord(_ word: StaticString) -> Bool {
    let end = position &+ word.utf8CodeUnitCount
    guard end <= text.byteCount, text.extracting(from: position, to: end).equals(word) else { return false }
    position = end
    return true
  }

  /// -? int frac? exp? (RFC 8259 6)
  @_lifetime(self: copy self)
  private mutating func skipNumber() -> Bool {
    guard skipInteger() else { return false }
    if skip(0x2E), !skipDigits() { return false }
    if skip(0x65) || skip(0x45) {
      _ = skip(0x2B) || skip(ASCII.hyphen)
      return skipDigits()
    }
    return true
  }

  /// A sign, and digits that do not begin with 0 unless that is all.
  @_lifetime(self: copy self)
  private mutating func skipInteger() -> Bool {
    _ = skip(ASCII.hyphen)
    if skip(0x30) { return position >= text.byteCount || !ASCII.isDigit(text[position]) }
    return skipDigits()
  }

  @_lifetime(self: copy self)
  private mutating func skipDigits() -> Bool {
    let start = position
    while position < text.byteCount, ASCII.isDigit(text[position]) { position &+= 1 }
    return position > start
  }

  /// Steps over `byte` if it stands here.
  @_lifetime(self: copy self)
  private mutating func skip(_ byte: UInt8) -> Bool {
    guard position < text.byteCount, text[position] == byte else { return false }
    position &+= 1
    return true
  }

  @_lifetime(self: copy self)
  private mutating func readKey(into key: inout ByteWriter) -> Bool {
    skipWhitespace()
    guard position < text.byteCount else { return false }
    if text[position] == 0x22 { return readString(into: &key) }
    let start = position
    guard skipInteger() else { return false }
    key.append(text.extracting(from: start, to: position))
    return true
  }

  @_lifetime(self: copy self)
  private mutating func readString(into key: inout ByteWriter) -> Bool {
    let start = position
    guard skipString() else { return false }
    var index = start &+ 1
    let end = position &- 1
    while index < end {
      let byte = text[index]
      index &+= 1
      if byte != 0x5C {
        key.append(byte)
      } else if !appendEscaped(&index, end: end, into: &key) {
        return false
      }
    }
    return true
  }

  /// Decodes the escape behind a backslash (RFC 8259 7) and moves `index` past it.
  private func appendEscaped(_ index: inout Int, end: Int, into key: inout ByteWriter) -> Bool {
    guard index < end else { return false }
    let letter = text[index]
    index &+= 1
    switch letter {
    case 0x22, 0x5C, 0x2F: key.append(letter)
    case 0x62: key.append(0x08)
    case 0x66: key.append(0x0C)
    case 0x6E: key.append(ASCII.lineFeed)
    case 0x72: key.append(ASCII.carriageReturn)
    case 0x74: key.append(ASCII.tab)
    case 0x75:
      guard let scalar = readScalar(&index, end: end) else { return false }
      for byte in UTF8.encode(scalar) ?? .init() { key.append(byte) }
    default: return false
    }
    return true
  }

  /// The four digits after \u, and the second half of a surrogate pair.
  private func readScalar(_ index: inout Int, end: Int) -> Unicode.Scalar? {
    guard let first = readUnit(&index, end: end) else { return nil }
    guard first & 0xFC00 == 0xD800 else { return Unicode.Scalar(first) }
    guard index &+ 1 < end, text[index] == 0x5C, text[index &+ 1] == 0x75 else { return nil }
    index &+= 2
    guard let second = readUnit(&index, end: end), second & 0xFC00 == 0xDC00 else { return nil }
    return Unicode.Scalar(0x1_0000 &+ (first & 0x3FF) &<< 10 &+ (second & 0x3FF))
  }

  private func readUnit(_ index: inout Int, end: Int) -> UInt32? {
    guard index &+ 4 <= end else { return nil }
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = ASCII.hexValue(text[index]) else { return nil }
      unit = unit &<< 4 | UInt32(digit)
      index &+= 1
    }
    return unit
  }
}
