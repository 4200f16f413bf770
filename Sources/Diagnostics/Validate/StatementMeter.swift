internal import MySQL

/// How many statements a MySQL server has carried out, those of all its clients.
struct StatementMeter: Sendable {
  let address: MySQLAddress

  init(_ address: MySQLAddress) { self.address = address }

  struct Beginning: Sendable {
    var count: Int
    /// What one reading costs: its session and its question. Servers differ in what they count of these.
    var own: Int
  }

  func begin() throws(CheckFault) -> Beginning {
    let first = try read()
    let second = try read()
    return Beginning(count: second, own: second - first)
  }

  /// Since then, without those of the readings.
  func statements(since begin: Beginning) throws(CheckFault) -> Int { max(0, try read() - begin.count - begin.own) }

  private func read() throws(CheckFault) -> Int {
    do throws(MySQLError) {
      var connection = try MySQLConnection.open(address, seconds: 5)
      let rows = try connection.rows("SHOW GLOBAL STATUS LIKE 'Questions'")
      guard let value = rows.first?.last ?? nil, let number = Int(String(decoding: value, as: UTF8.self)) else {
        throw .refused(code: 0, text: "it does not say how many statements there were")
      }
      return number
    } catch { throw CheckFault(sentence: error.description, or: "See --mysql.") }
  }
}
