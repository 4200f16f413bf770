internal import Bytes
internal import HTTPWire

/// Reads the user key of a request: asks the configured sources in order and takes the first that yields exactly one
/// value of 1 to 256 bytes. Two header lines, two cookies or two parameters of one name yield none: the proxy does not
/// guess which one the upstream would believe.
struct UserKeyReader: ~Copyable {
  static let longestKey = 256

  private var sources: Slab<UserKeySource>
  /// The key found last, decoded.
  private var key = ByteWriter(capacity: UserKeyReader.longestKey)
  private var claims = JWTClaimReader()

  init(_ settings: UserKeySettings) {
    var all = settings.sources
    if settings.anonymous == .cookie { all.append(.cookie(settings.anonymousCookie)) }
    sources = Slab(capacity: all.count) { UserKeySource(all[$0]) }
  }

  /// The key that was found or made last.
  var found: RawSpan {
    @_lifetime(borrow self)
    borrowing get { key.bytes }
  }

  /// Whether a user key was found; `found` holds it.
  mutating func read(_ bytes: RawSpan, _ head: RequestHead, _ fields: borrowing FieldTable) -> Bool {
    for index in 0..<sources.count {
      key.removeAll()
      let occurrences = sources[index].read(bytes, head, fields, into: &key, &claims)
      if occurrences == 1, key.count > 0, !key.isOverflown { return true }
    }
    return false
  }

  mutating func read(_ input: inout StreamBuffer, _ head: RequestHead, _ fields: borrowing FieldTable) -> Bool {
    read(input.received, head, fields)
  }

  /// Makes the key of a new anonymous user: 32 hexadecimal digits.
  mutating func makeKey(_ id: (high: UInt64, low: UInt64)) {
    key.removeAll()
    key.append(hexadecimal: id.high)
    key.append(hexadecimal: id.low)
  }

  /// Protects the configured headers in the request: keeps a line that Connection names, because the upstream must see the
  /// user that was decided on, and drops a line that spells the name with "_". Returns how many were dropped.
  func protectHeaders(_ bytes: RawSpan, _ fields: inout FieldTable) -> Int {
    var dropped = 0
    for index in 0..<sources.count { dropped &+= sources[index].protect(bytes, &fields) }
    return dropped
  }

  func protectHeaders(_ input: inout StreamBuffer, _ fields: inout FieldTable) -> Int {
    protectHeaders(input.received, &fields)
  }
}

/// One place in a request where a user key may be.
struct UserKeySource: ~Copyable {
  private enum Kind { case header, cookie, query, jwtClaim }

  private let kind: Kind
  private let name: FixedBytes

  init(_ source: UserKeySettings.Source) {
    switch source {
    case .header(let name):
      kind = .header
      self.name = FixedBytes(name.lowercased())
    case .cookie(let name):
      kind = .cookie
      self.name = FixedBytes(name)
    case .query(let name):
      kind = .query
      self.name = FixedBytes(name)
    case .jwtClaim(let name):
      kind = .jwtClaim
      self.name = FixedBytes(name)
    }
  }

  /// How many values there are; they are appended to `key`. Mutating so that the compiler proves that `key` and `claims`,
  /// which the same owner has, do not overlap with it.
  mutating func read(
    _ bytes: RawSpan, _ head: RequestHead, _ fields: borrowing FieldTable, into key: inout ByteWriter,
    _ claims: inout JWTClaimReader
  ) -> Int {
    switch kind {
    case .header: readHeader(bytes, fields, into: &key)
    case .cookie: readCookie(bytes, fields, into: &key)
    case .query: readQuery(bytes.extracting(head.query), into: &key)
    case .jwtClaim: claims.read(name, bytes, fields, into: &key)
    }
  }

  func protect(_ bytes: RawSpan, _ fields: inout FieldTable) -> Int {
    guard kind == .header else { return 0 }
    var dropped = 0
    for number in 0..<fields.count {
      let field = fields[number]
      guard field.name.count == name.count else { continue }
      if bytes.extracting(field.name).equalsIgnoringCase(name.bytes) {
        fields[number].isDropped = false
      } else if !field.isDropped, aliases(bytes, field.name, configuredName: name.bytes) {
        fields[number].isDropped = true
        dropped &+= 1
      }
    }
    return dropped
  }

  private func readHeader(_ bytes: RawSpan, _ fields: borrowing FieldTable, into key: inout ByteWriter) -> Int {
    var occurrences = 0
    for number in 0..<fields.count where fields[number].name.count == name.count && !fields[number].isDropped {
      guard bytes.extracting(fields[number].name).equalsIgnoringCase(name.bytes) else { continue }
      occurrences &+= 1
      key.append(bytes.extracting(fields[number].value))
    }
    return occurrences
  }

  /// Cookie: a=1; b=2 (RFC 6265 4.2.1); a value in double quotes is taken without them.
  private func readCookie(_ bytes: RawSpan, _ fields: borrowing FieldTable, into key: inout ByteWriter) -> Int {
    var occurrences = 0
    for number in 0..<fields.count where fields[number].id == .cookie && !fields[number].isDropped {
      var pairs = NameValuePairs(bytes.extracting(fields[number].value), separator: ASCII.semicolon)
      while pairs.next() {
        guard pairs.name.equals(name.bytes) else { continue }
        occurrences &+= 1
        key.append(pairs.unquotedValue)
      }
    }
    return occurrences
  }

  /// a=1&b=2, with %XX and + decoded as forms encode them, so that a user has the same key as in a header.
  private func readQuery(_ query: RawSpan, into key: inout ByteWriter) -> Int {
    var occurrences = 0
    var pairs = NameValuePairs(query, separator: 0x26)
    while pairs.next() {
      guard isName(pairs.name) else { continue }
      occurrences &+= 1
      var value = FormDecoder(pairs.value)
      while let byte = value.next() { key.append(byte) }
    }
    return occurrences
  }

  private func isName(_ encoded: RawSpan) -> Bool {
    var decoder = FormDecoder(encoded)
    var index = 0
    while let byte = decoder.next() {
      guard index < name.count, name[index] == byte else { return false }
      index &+= 1
    }
    return index == name.count
  }
}

/// Walks over "name=value" pairs, which a separator and white space divide.
struct NameValuePairs: ~Escapable {
  private let text: RawSpan
  private let separator: UInt8
  private var position = 0
  private var nameRange = ByteRange.empty
  private var valueRange = ByteRange.empty

  @_lifetime(copy text)
  init(_ text: RawSpan, separator: UInt8) {
    self.text = text
    self.separator = separator
  }

  var name: RawSpan {
    @_lifetime(copy self)
    get { text.extracting(nameRange) }
  }

  var value: RawSpan {
    @_lifetime(copy self)
    get { text.extracting(valueRange) }
  }

  /// The value without the double quotes around it, if there are any.
  var unquotedValue: RawSpan {
    @_lifetime(copy self)
    get {
      let value = text.extracting(valueRange)
      let count = value.byteCount
      guard count >= 2, value[0] == 0x22, value[count &- 1] == 0x22 else { return value }
      return value.extracting(from: 1, to: count &- 1)
    }
  }

  /// Moves to the next pair; false at the end.
  @_lifetime(self: copy self)
  mutating func next() -> Bool {
    while position < text.byteCount, ASCII.isWhitespace(text[position]) { position &+= 1 }
    guard position < text.byteCount else { return false }
    let start = position
    var equals = -1
    while position < text.byteCount, text[position] != separator {
      if text[position] == 0x3D, equals < 0 { equals = position }
      position &+= 1
    }
    nameRange = ByteRange(from: start, to: equals < 0 ? position : equals)
    valueRange = ByteRange(from: equals < 0 ? position : equals &+ 1, to: position)
    position &+= 1
    return true
  }
}

/// Decodes form encoding: %XX is a byte, + a space, anything else itself. A % without two digits stays as it is.
struct FormDecoder: ~Escapable {
  private let text: RawSpan
  private var position = 0

  @_lifetime(copy text)
  init(_ text: RawSpan) { self.text = text }

  @_lifetime(self: copy self)
  mutating func next() -> UInt8? {
    guard position < text.byteCount else { return nil }
    let byte = text[position]
    position &+= 1
    if byte == 0x2B { return ASCII.space }
    guard byte == 0x25, position &+ 1 < text.byteCount, let high = ASCII.hexValue(text[position]),
      let low = ASCII.hexValue(text[position &+ 1])
    else { return byte }
    position &+= 2
    return high &<< 4 | low
  }
}
