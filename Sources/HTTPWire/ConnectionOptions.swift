internal import Bytes

/// What the Connection fields of a head say (RFC 9110 7.6.1).
struct ConnectionOptions {
  var closes = false
  var keepsAlive = false
  var upgrades = false
  /// Whether a field is named that is not hop-by-hop anyway.
  var nominates = false
  private var nominationCount = 0

  /// A named field costs a walk over the table. No sender names that many.
  private static let maximumNominations = 32

  /// Reads the options and drops the fields that they name.
  @inline(__always)
  init(_ bytes: RawSpan, _ fields: inout FieldTable) throws(FieldFault) {
    var next = fields.index(of: .connection)
    while let index = next {
      try read(bytes, fields[index].value, &fields)
      next = fields.index(of: .connection, from: index &+ 1)
    }
  }

  private mutating func read(_ bytes: RawSpan, _ value: ByteRange, _ fields: inout FieldTable) throws(FieldFault) {
    var elements = ListElements(value)
    while let option = elements.next(in: bytes) {
      if bytes.reads("close", at: option) {
        closes = true
      } else {
        try read(bytes, option: option, &fields)
      }
    }
  }

  private mutating func read(
    _ bytes: RawSpan, option: ByteRange, _ fields: inout FieldTable
  ) throws(FieldFault) {
    switch FieldName(bytes, option) {
    case .keepAlive: keepsAlive = true
    case .upgrade: upgrades = true
    case .connection, .te, .contentLength, .transferEncoding, .host: return
    case .proxyConnection, .proxyAuthenticate, .proxyAuthorization: return
    default:
      nominationCount &+= 1
      guard nominationCount <= Self.maximumNominations else { throw .tooManyConnectionOptions }
      nominates = true
      drop(bytes, named: option, &fields)
    }
  }

  private func drop(_ bytes: RawSpan, named option: ByteRange, _ fields: inout FieldTable) {
    var index = 0
    while index < fields.count {
      if bytes.agree(fields[index].name, option) { fields[index].isDropped = true }
      index &+= 1
    }
  }

  /// Whether the sender keeps the connection open: 1.1 unless it says close, 1.0 only when it says so (RFC 9112 9.3).
  @inline(__always)
  func persists(minorVersion: UInt8) -> Bool { !closes && (minorVersion == 1 || keepsAlive) }
}
