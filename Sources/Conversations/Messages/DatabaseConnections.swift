internal import MySQL
import Reactor
import Synchronization

/// Connections to the application's database, opened when they are needed and kept: as many as there are threads that use
/// them at the same time.
final class DatabaseConnections: Sendable {
  private let address: MySQLAddress
  private let idle = Mutex<[Idle]>([])

  private final class Idle: Sendable {
    private let connection: Mutex<MySQLConnection?>
    /// When it was last used, in nanoseconds of the monotonic clock.
    let usedAt = MonotonicClock.now()

    init(_ connection: consuming sending MySQLConnection) { self.connection = Mutex(consume connection) }

    func take() -> MySQLConnection? { connection.withLock { $0.take() } }
  }

  /// A connection idle for longer is tested before use; far below any wait_timeout.
  private static let idleLimit = Duration.seconds(2)

  init(_ address: MySQLAddress) { self.address = address }

  /// - Parameter query: how errors call the query, where they come from what it says.
  func with<Result>(
    _ query: String? = nil, _ body: (inout MySQLConnection) throws(MySQLError) -> Result
  ) throws(MessageSourceError) -> Result {
    do throws(MySQLError) {
      var connection = try connection()
      let result: Result
      do throws(MySQLError) { result = try body(&connection) } catch {
        if connection.isOpen { keep(connection) }
        throw error
      }
      keep(connection)
      return result
    } catch {
      // The connection stands: the server refused the words of the query.
      throw error.endsConnection ? .database(error.description) : .query(query, error.description)
    }
  }

  private func keep(_ connection: consuming MySQLConnection) {
    let connection = Idle(connection)
    idle.withLock { $0.append(connection) }
  }

  private func connection() throws(MySQLError) -> MySQLConnection {
    while let idle = idle.withLock({ $0.popLast() }) {
      guard var connection = idle.take() else { continue }
      if MonotonicClock.now() &- idle.usedAt < Self.idleLimit.nanoseconds || connection.isStanding() {
        return connection
      }
    }
    return try MySQLConnection.open(address)
  }
}
