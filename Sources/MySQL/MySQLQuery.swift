internal import CMariaDB

/// A statement and its values. They stay separate until the connection sends it, so that no value is ever read as SQL:
///
///     "INSERT INTO messages (user_id, content) VALUES (\(user), \(text))"
///
/// The literal is SQL; what is interpolated is a value, without quotes around it.
package struct MySQLQuery: Sendable, Equatable, ExpressibleByStringInterpolation {
  enum Piece: Sendable, Equatable {
    case sql(String)
    case value(MySQLValue)
  }

  private(set) var pieces: [Piece] = []

  package init() {}
  package init(sql: String) { pieces = [.sql(sql)] }
  package init(stringLiteral sql: String) { self.init(sql: sql) }
  package init(stringInterpolation: Interpolation) { pieces = stringInterpolation.pieces }

  package mutating func append(sql: String) { pieces.append(.sql(sql)) }
  package mutating func append(_ value: MySQLValue) { pieces.append(.value(value)) }

  package struct Interpolation: StringInterpolationProtocol {
    var pieces: [Piece] = []

    package init(literalCapacity: Int, interpolationCount: Int) { pieces.reserveCapacity(interpolationCount * 2 + 1) }

    package mutating func appendLiteral(_ literal: String) { if !literal.isEmpty { pieces.append(.sql(literal)) } }
    package mutating func appendInterpolation(_ value: MySQLValue) { pieces.append(.value(value)) }
    package mutating func appendInterpolation(_ text: String) { pieces.append(.value(.text(text))) }
    package mutating func appendInterpolation(_ number: Int) { pieces.append(.value(.integer(number))) }
  }
}

/// A value of a statement.
package enum MySQLValue: Sendable, Equatable {
  case text(String)
  /// Bytes, not text: compared byte by byte, never converted.
  case bytes([UInt8])
  case integer(Int)
  case null
}

extension MySQLConnection {
  /// The statement as it is sent. Text is escaped by the server's current settings (NO_BACKSLASH_ESCAPES).
  mutating func text(of query: MySQLQuery) -> [UInt8] {
    var bytes: [UInt8] = []
    for piece in query.pieces {
      switch piece {
      case .sql(let sql): bytes += Array(sql.utf8)
      case .value(.integer(let number)): bytes += Array(String(number).utf8)
      case .value(.null): bytes += Array("NULL".utf8)
      case .value(.text(let text)): appendQuoted(Array(text.utf8), to: &bytes)
      case .value(.bytes(let value)): Self.appendHexadecimal(value, to: &bytes)
      }
    }
    return bytes
  }

  private func appendQuoted(_ text: [UInt8], to bytes: inout [UInt8]) {
    let quote = UInt8(ascii: "'")
    // At most two bytes for one, and a trailing zero.
    let escaped = unsafe [UInt8](unsafeUninitializedCapacity: text.count * 2 + 1) { target, count in
      unsafe text.withUnsafeBytes { source in
        unsafe target.withMemoryRebound(to: CChar.self) { target in
          let length = unsafe mysql_real_escape_string(
            handle, target.baseAddress, source.baseAddress?.assumingMemoryBound(to: CChar.self), UInt(source.count))
          count = Int(length)
        }
      }
    }
    bytes.append(quote)
    bytes += escaped
    bytes.append(quote)
  }

  /// `x'00ff'`.
  private static func appendHexadecimal(_ value: [UInt8], to bytes: inout [UInt8]) {
    let digits = Array("0123456789abcdef".utf8)
    bytes += Array("x'".utf8)
    for byte in value { bytes += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
    bytes.append(UInt8(ascii: "'"))
  }
}
