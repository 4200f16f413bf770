/// Why a command failed. After any error but `.refused` the connection is closed, and it is unknown whether the server has
/// carried out the command.
package enum RedisError: Error, Equatable, Sendable, CustomStringConvertible {
  /// No connection: unknown host, nothing listens, no such socket, or the server closes at once.
  case unreachable(place: String, reason: String)
  /// No encrypted connection: `reason` says what to do.
  case insecure(place: String, reason: String)
  case timedOut(place: String, milliseconds: Int)
  /// The server, or something between, closed the connection; every call after another error throws it, too.
  case closed(place: String)
  /// An error reply, with its code in front. The connection stays open.
  case refused(String)
  /// The reply is not RESP2, or belongs to no command.
  case protocolError(place: String, reason: String)
  /// A reply or a command exceeds the limit in bytes.
  case tooLarge(place: String, limit: Int)

  /// The code of `.refused`, for instance `NOSCRIPT`.
  package var code: String? {
    guard case .refused(let text) = self else { return nil }
    let word = text.prefix { $0 != " " }
    let isCode = !word.isEmpty && word.utf8.allSatisfy { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") }
    return isCode ? String(word) : nil
  }

  package var description: String {
    switch self {
    case .unreachable(let place, let reason):
      "cannot connect to \(place): \(reason). Check the address, and that Redis runs there"
    case .insecure(let place, let reason): "cannot connect to \(place): \(reason)"
    case .timedOut(let place, let milliseconds):
      "\(place) did not answer within \(milliseconds) ms. Check that Redis is not overloaded or suspended, the network, "
        + "and whether the port expects TLS"
    case .closed(let place): "\(place) has closed the connection, or something between has"
    case .refused(let text):
      "Redis refused: \(text.last == "." ? String(text.dropLast()) : text)" + (advice.map { ". " + $0 } ?? "")
    case .protocolError(let place, let reason):
      "what \(place) sent is no Redis protocol: \(reason). Check that the port is Redis' and whether it expects TLS"
    case .tooLarge(let place, let limit):
      "a command to \(place), or the reply, is larger than \(limit) bytes. Find the key that is so large"
    }
  }

  private var advice: String? {
    switch code {
    case "NOAUTH", "WRONGPASS": "Check the user and the password in the address"
    case "NOPERM": "Allow the user this command and these keys with ACL SETUSER"
    case "LOADING": "It is reading its data; try again in a moment"
    case "BUSY": "Another script is running; try again, or end it with SCRIPT KILL"
    case "READONLY": "This is a replica; use the address of the primary"
    case "MASTERDOWN": "This replica has lost its primary; use the address of the primary"
    case "MISCONF": "It cannot save to its disk; see its log"
    case "OOM": "Raise maxmemory, or choose another maxmemory-policy"
    case "NOSCRIPT": "Send the script itself with EVAL"
    case "MOVED", "ASK", "CROSSSLOT", "CLUSTERDOWN": "Redis Cluster is not supported; use a single server"
    default: nil
    }
  }
}
