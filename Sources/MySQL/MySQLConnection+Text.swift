internal import CMariaDB

extension MySQLConnection {
  /// The statement as it travels. Text is escaped as the server's settings at this moment want it (NO_BACKSLASH_ESCAPES).
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
    // At most two bytes for one, and a zero behind them.
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
