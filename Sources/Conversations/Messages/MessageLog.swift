internal import Glibc
package import MySQL
import Reactor
import Synchronization

/// Where an application writes down what is said, in the form in which a `MessageSource` finds it again: the table of
/// deploy/mysql/messages.sql, or a file of lines. For any thread; one call waits for another.
package final class MessageLog: Sendable {
  package let place: String
  private let target: Target

  private enum Target: Sendable {
    case table(TableSession)
    case file(MessageLineFile)
  }

  package init(_ address: MySQLAddress) {
    place = address.description
    target = .table(TableSession(address))
  }

  /// The file is made when it is not there.
  package init(file path: String) throws(MessageSourceError) {
    place = path
    target = .file(try MessageLineFile(path))
  }

  /// When it returns, the database has the message, or the operating system has the line.
  package func append(_ message: Message, of owner: ContextOwner) throws(MessageSourceError) {
    switch target {
    case .file(let file): try file.append(message, of: owner)
    case .table(let session):
      let content = message.content
      // Of no known time: now, by the database's clock.
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
      _ = try session.with { connection throws(MySQLError) in try connection.execute(query) }
    }
  }
}

/// A file to which whole lines are appended, also by several processes.
private final class MessageLineFile: Sendable {
  private let path: String
  private let descriptor: Descriptor
  /// The file ends within a line: of a writer that was killed, or of a disk that was full.
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
      throw .file("\(path): the message is no JSON object")
    }
    try isTorn.withLock { isTorn throws(MessageSourceError) in
      let bytes = isTorn ? [0x0A] + line : line
      let count = retryingInterrupted { unsafe write(descriptor.number, bytes, bytes.count) }
      guard count == bytes.count else {
        isTorn = isTorn || count > 0
        throw .file(
          count < 0 ? SystemError.last("write \(path)").description : "write \(path): the disk took a part of the line")
      }
      isTorn = false
    }
  }
}
