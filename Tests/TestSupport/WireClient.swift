/// A client of a server under test: sends exactly the bytes it is given and waits at most ten seconds for each read. What it
/// sends to a server that is gone is lost without an error.
package final class WireClient {
  private let connection: WireConnection

  /// Connects to 127.0.0.1.
  package init(port: UInt16) throws { connection = try WireConnection.connect(to: port) }

  /// Connects to a Unix socket.
  package init(path: String) throws { connection = try WireConnection.connect(to: path) }

  package func send(_ text: String) { send(Array(text.utf8)) }

  package func send(_ bytes: [UInt8]) { try? connection.send(bytes: bytes) }

  /// Sends no more; responses still come.
  package func endSending() { connection.shutdownSending() }

  /// Closes the connection with a reset.
  package func reset() { connection.resetNow() }

  /// The next response. One to HEAD has no body.
  package func response(toHead isHead: Bool = false) throws -> WireResponse {
    try connection.readResponse(to: isHead ? "HEAD" : "GET")
  }

  /// What comes until the server closes; nil when it resets the connection instead.
  package func rest() throws -> [UInt8]? {
    let (bytes, end) = connection.readToEnd()
    return end == .closed ? bytes : nil
  }

  /// The next `count` bytes.
  package func bytes(_ count: Int) throws -> [UInt8] { try connection.read(count) }

  /// The data of the next chunk; the last one is empty.
  package func chunk() throws -> [UInt8] {
    guard let size = Int(try connection.readLine(), radix: 16) else { throw WireError.malformed("no chunk size") }
    return try Array(bytes(size + 2).dropLast(2))
  }
}
