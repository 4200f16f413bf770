/// A statement and the values in it. The two are told apart until the connection writes it, so that no value is ever read
/// as SQL:
///
///     "INSERT INTO messages (user_id, content) VALUES (\(user), \(text))"
///
/// What stands in the literal is SQL; what is interpolated is a value, and stands without quotes around it.
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

/// A value as the server gets it.
package enum MySQLValue: Sendable, Equatable {
  case text(String)
  /// Not text: compared byte by byte, never converted.
  case bytes([UInt8])
  case integer(Int)
  case null
}
