internal import Glibc
package import MySQL
import Reactor
import Synchronization

/// Writes an application's messages in the form that a `MessageSource` reads: the table of deploy/mysql/messages.sql, or a
/// file. Safe from any thread.
package final class MessageLog: Sendable {
  package let place: String
  private let target: Target

  private enum Target: Sendable {
    case table(DatabaseConnections)
    case file(MessageLineFile)
  }

  package init(_ address: MySQLAddress) {
    place = address.description
    target = .table(DatabaseConnections(address))
  }

  /// Creates the file if it does not exist.
  package init(file path: String) throws(MessageSourceError) {
    place = path
    target = .file(try MessageLineFile(path))
  }

  /// Returns when the database has the message, or the operating system has the line.
  package func append(_ message: Message, of owner: ContextOwner) throws(MessageSourceError) {
    switch target {
    case .file(let file): try file.append(message, of: owner)
    case .table(let connections):
      let content = message.content
      // Without a time: now, by the database's clock.
      let query: MySQLQuery =
        if let at = content.at {
          """
          INSERT INTO messages (channel, user_id, role, content, created_at) VALUES (\(owner.role.rawValue), \
          \(owner.user), \(content.role ?? "user"), \(content.text ?? ""), FROM_UNIXTIME(\(at) / 1000))
          """
        } else {
          """
          INSERT INTO messages (channel, user_id, role, content, created_at) VALUES (\(owner.role.rawValue), \
          \(owner.user), \(content.role ?? "user"), \(content.text ?? ""), UTC_TIMESTAMP(3))
          """
        }
      _ = try connections.with { connection throws(MySQLError) in try connection.execute(query) }
    }
  }
}

/// A file to which several processes may append complete lines.
private final class MessageLineFile: Sendable {
  private let path: String
  private let descriptor: Descriptor
  /// Whether the file ends within a line, because a writer was killed or the disk was full.
  private let isTorn: Mutex<Bool>

  init(_ path: String) throws(MessageSourceError) {
    self.path = path
    let number = retryingInterrupted { unsafe open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600) }
    guard number >= 0 else { throw .file(SystemError.last("write \(path)").description) }
    descriptor = Descriptor(owning: number)
    var last: UInt8 = 0x0A
    let end = lseek(number, 0, SEEK_END)
    if end > 0 { _ = retryingInterrupted { unsafe pread(number, &last, 1, end - 1) } }
    isTorn = Mutex(last != 0x0A)
  }

  func append(_ message: Message, of owner: ContextOwner) throws(MessageSourceError) {
    guard let line = MessageLine.bytes(message, of: owner) else {
      throw .file("\(path): the message is not a JSON object")
    }
    try isTorn.withLock { isTorn throws(MessageSourceError) in
      let bytes = isTorn ? [0x0A] + line : line
      let count = retryingInterrupted { unsafe write(descriptor.number, bytes, bytes.count) }
      guard count == bytes.count else {
        isTorn = isTorn || count > 0
        throw .file(
          count < 0
            ? SystemError.last("write \(path)").description : "write \(path): only a part of the line was written")
      }
      isTorn = false
    }
  }
}
