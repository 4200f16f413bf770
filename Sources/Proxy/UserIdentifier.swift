internal import Bytes
internal import HTTPWire

/// Finds the user key of a request: asks the configured sources in order and takes the first that yields exactly one
/// value of 1 to 256 bytes. Two header lines, two cookies or two parameters of one name yield none: which one the
/// upstream would believe is not for the proxy to guess.
struct UserIdentifier: ~Copyable {
  static let longestKey = 256

  private enum Kind { case header, cookie, query, jwtClaim }

  private struct Source {
    let kind: Kind
    let name: FixedBytes
  }

  private let sources: Slab<Source>
  /// The key found last, decoded.
  private var key = ByteWriter(capacity: UserIdentifier.longestKey)
  private var claims = JWTClaimReader()

  init(_ settings: UserKeySettings) {
    var all = settings.sources
    if settings.anonymous == .cookie { all.append(.cookie(settings.anonymousCookie)) }
    sources = Slab(capacity: all.count) { index in
      switch all[index] {
      case .header(let name): Source(kind: .header, name: FixedBytes(name.lowercased()))
      case .cookie(let name): Source(kind: .cookie, name: FixedBytes(name))
      case .query(let name): Source(kind: .query, name: FixedBytes(name))
      case .jwtClaim(let name): Source(kind: .jwtClaim, name: FixedBytes(name))
      }
    }
  }

  deinit { sources.deallocate(initialized: sources.capacity) }

  /// The key that `identify` found.
  var found: RawSpan {
    @_lifetime(borrow self)
    borrowing get { key.bytes }
  }

  /// Marks what concerns the configured headers: a line that Connection names is kept (the upstream must see the user
  /// that was decided on), a line that spells the name with "_" is dropped. Returns how many were dropped.
  func protectKeyHeaders(_ bytes: RawSpan, _ fields: inout FieldTable) -> Int {
    var dropped = 0
    for index in 0..<sources.capacity where sources[index].kind == .header {
      let name = sources[index].name
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
    }
    return dropped
  }

  /// Whether a user key was found; `found` holds it.
  mutating func identify(_ bytes: RawSpan, _ head: RequestHead, _ fields: borrowing FieldTable) -> Bool {
    for index in 0..<sources.capacity {
      let source = sources[index]
      key.removeAll()
      let occurrences =
        switch source.kind {
        case .header: readHeader(source.name, bytes, fields)
        case .cookie: readCookie(source.name, bytes, fields)
        case .query: readQuery(source.name, bytes.extracting(head.query))
        case .jwtClaim: claims.read(source.name, bytes, fields, into: &key)
        }
      if occurrences == 1, key.count > 0, !key.isOverflown { return true }
    }
    return false
  }

  private mutating func readHeader(_ name: FixedBytes, _ bytes: RawSpan, _ fields: borrowing FieldTable) -> Int {
    var occurrences = 0
    for number in 0..<fields.count where fields[number].name.count == name.count && !fields[number].isDropped {
      guard bytes.extracting(fields[number].name).equalsIgnoringCase(name.bytes) else { continue }
      occurrences &+= 1
      key.append(bytes.extracting(fields[number].value))
    }
    return occurrences
  }

  /// Cookie: a=1; b=2 (RFC 6265 4.2.1); a value in double quotes is taken without them.
  private mutating func readCookie(_ name: FixedBytes, _ bytes: RawSpan, _ fields: borrowing FieldTable) -> Int {
    var occurrences = 0
    for number in 0..<fields.count where fields[number].id == .cookie && !fields[number].isDropped {
      var pairs = Pairs(bytes.extracting(fields[number].value), separator: ASCII.semicolon)
      while pairs.next() {
        guard pairs.name.equals(name.bytes) else { continue }
        occurrences &+= 1
        key.append(pairs.unquotedValue)
      }
    }
    return occurrences
  }

  /// a=1&b=2, with %XX and + decoded as forms encode them, so that a user is the same one as in a header.
  private mutating func readQuery(_ name: FixedBytes, _ query: RawSpan) -> Int {
    var occurrences = 0
    var pairs = Pairs(query, separator: 0x26)
    while pairs.next() {
      guard Self.isName(pairs.name, name) else { continue }
      occurrences &+= 1
      var value = FormDecoder(pairs.value)
      while let byte = value.next() { key.append(byte) }
    }
    return occurrences
  }

  private static func isName(_ encoded: RawSpan, _ name: FixedBytes) -> Bool {
    var decoder = FormDecoder(encoded)
    var index = 0
    while let byte = decoder.next() {
      guard index < name.count, name.bytes[index] == byte else { return false }
      index &+= 1
    }
    return index == name.count
  }
}
