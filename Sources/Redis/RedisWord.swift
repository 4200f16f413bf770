/// One word of a command: any bytes.
package struct RedisWord: Sendable, Equatable, ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral {
  package let bytes: [UInt8]

  package init(_ bytes: [UInt8]) { self.bytes = bytes }
  package init(_ text: String) { bytes = Array(text.utf8) }
  /// In decimal.
  package init(_ number: Int) { self.init(String(number)) }

  /// Bytes that are no UTF-8 become replacement characters.
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  package init(stringLiteral text: String) { self.init(text) }
  package init(integerLiteral number: Int) { self.init(number) }
}
