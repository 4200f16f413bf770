internal import MySQL
import Reactor
import Synchronization

/// The connection to a table, made when it is first needed and kept between calls, so that one call waits for another.
final class TableSession: Sendable {
  private let address: MySQLAddress
  private let kept = Mutex(Kept())

  private struct Kept: ~Copyable {
    var connection: MySQLConnection?
    /// When it last answered, of the monotonic clock.
    var usedAt: UInt64 = 0

    mutating func keep(_ connection: consuming MySQLConnection) {
      self.connection = consume connection
      usedAt = MonotonicClock.now()
    }
  }

  /// A connection that was idle for longer is asked whether it still stands: 2 s, far below any wait_timeout.
  private static let idleNanoseconds: UInt64 = 2_000_000_000

  init(_ address: MySQLAddress) { self.address = address }

  func with<Result>(
    _ body: (inout MySQLConnection) throws(MySQLError) -> Result
  ) throws(MessageSourceError) -> Result {
    do throws(MySQLError) {
      return try kept.withLock { kept throws(MySQLError) in
        var connection = try Self.connection(of: &kept, address)
        let result: Result
        do throws(MySQLError) { result = try body(&connection) } catch {
          if connection.isOpen { kept.keep(connection) }
          throw error
        }
        kept.keep(connection)
        return result
      }
    } catch { throw .database(error.description) }
  }

  private static func connection(
    of kept: inout Kept, _ address: MySQLAddress
  ) throws(MySQLError) -> MySQLConnection {
    if var connection = kept.connection.take() {
      if MonotonicClock.now() &- kept.usedAt < idleNanoseconds || connection.isStanding() { return connection }
    }
    return try MySQLConnection.open(address)
  }
}
