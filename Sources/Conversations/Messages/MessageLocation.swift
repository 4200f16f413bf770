package import MySQL

/// The location of messages on a command line: `mysql://...` or the path of a file.
package enum MessageLocation: Sendable, Equatable, CustomStringConvertible {
  case table(MySQLAddress)
  case file(String)

  package enum ParseError: Error, Equatable, CustomStringConvertible {
    case address(MySQLAddressError)
    case noDatabase
    /// Another scheme.
    case scheme(String)
    case empty

    package var description: String {
      switch self {
      case .address(let fault): fault.description
      case .noDatabase: "it names no database. Write mysql://user:password@host:3306/database"
      case .scheme(let found): "\"\(found)://\": expected mysql://, mariadb:// or the path of a file of JSON lines"
      case .empty: "it is empty. Write mysql://user:password@host:3306/database, or the path of a file of JSON lines"
      }
    }
  }

  package init(parsing text: String) throws(ParseError) {
    guard !text.isEmpty else { throw .empty }
    let scheme = text.firstRange(of: "://").map { text[..<$0.lowerBound] }
    guard let scheme, !scheme.isEmpty, scheme.allSatisfy({ $0.isLetter || $0.isNumber }) else {
      self = .file(text)
      return
    }
    guard scheme == "mysql" || scheme == "mariadb" else { throw .scheme(String(scheme)) }
    let address: MySQLAddress
    do throws(MySQLAddressError) { address = try MySQLAddress(parsing: text) } catch { throw .address(error) }
    guard address.database != nil else { throw .noDatabase }
    self = .table(address)
  }

  package var description: String {
    switch self {
    case .table(let address): address.description
    case .file(let path): path
    }
  }

  /// Opens it for reading; a file is indexed once.
  ///
  /// - Parameter queries: for each role, in place of the standard one.
  package func source(queries: [ContextRole: MessageQuery] = [:]) throws(MessageSourceError) -> any MessageSource {
    switch self {
    case .table(let address): MessageTable(address, queries: queries)
    case .file(let path): try MessageFile(path)
    }
  }

  /// Opens it for writing.
  package func log() throws(MessageSourceError) -> MessageLog {
    switch self {
    case .table(let address): MessageLog(address)
    case .file(let path): try MessageLog(file: path)
    }
  }
}
