internal import MySQL

/// How many statements a MySQL server has carried out, those of all its clients.
struct StatementMeter: Sendable {
  let address: MySQLAddress

  init(_ address: MySQLAddress) { self.address = address }

  /// Of clients, the own one included; without what stored programs do.
  func read() throws(CheckFault) -> Int {
    do throws(MySQLError) {
      var connection = try MySQLConnection.open(address, seconds: 5)
      let rows = try connection.rows("SHOW GLOBAL STATUS LIKE 'Questions'")
      guard let value = rows.first?.last ?? nil, let number = Int(String(decoding: value, as: UTF8.self)) else {
        throw .refused(code: 0, text: "it does not say how many statements there were")
      }
      return number
    } catch { throw CheckFault(sentence: error.description, or: "See --mysql.") }
  }

  /// Without those of the second reading: its session, its question.
  static func statements(from begin: Int, to end: Int) -> Int { max(0, end - begin - ownStatements) }

  /// SET of the time zone, and SHOW; connecting itself does not count as a question.
  private static let ownStatements = 2
}
