internal import FlagStore
internal import Flags
internal import JSON
internal import LocalServer

/// The body of a request that changes something: an object of known members. What is not known is refused, so that a
/// slip of the pen does not look like success.
struct EditRequest {
  /// Code points of `by` and `reason`.
  static let authorLength = 128
  static let reasonLength = 256
  /// User keys in one list.
  static let listLength = 10_000

  private let members: [String: JSONValue]

  /// An empty body is an empty object.
  init(_ request: Request, allowed: [String]) throws(EditFault) {
    var members: [String: JSONValue] = [:]
    for member in try Self.members(of: request.body) {
      guard allowed.contains(member.name) else {
        throw EditFault("\(Self.shown(member.name)) has no meaning here; known are \(allowed.joined(separator: ", "))")
      }
      guard members.updateValue(member.node.value, forKey: member.name) == nil else {
        throw EditFault("\(member.name) is there twice")
      }
    }
    self.members = members
  }

  private static func members(of body: [UInt8]) throws(EditFault) -> [JSONMember] {
    guard !body.isEmpty else { return [] }
    do throws(JSONError) {
      guard case .object(let members) = try JSONReader.read(body).value else {
        throw JSONError.noObject
      }
      return members
    } catch {
      throw EditFault("the body is no JSON object: found \(error.found), expected \(error.expected)")
    }
  }

  /// Names come from the network.
  private static func shown(_ name: String) -> String { "\"\(name.prefix(40))\"" }

  // MARK: Members

  /// A number from 0 to 100 with up to three decimals; nil when it is not there.
  func percentage() throws(EditFault) -> Percentage? {
    guard let value = members["percentage"] else { return nil }
    guard case .number(let digits) = value, let number = Double(digits) else {
      throw EditFault("percentage is no number")
    }
    do throws(PercentageError) { return try Percentage(number) } catch { throw EditFault("percentage: \(error)") }
  }

  func users(_ name: String) throws(EditFault) -> [String]? {
    guard let value = members[name] else { return nil }
    guard case .array(let nodes) = value else { throw EditFault("\(name) is no list of user keys") }
    guard nodes.count <= Self.listLength else { throw EditFault("\(name) has more than \(Self.listLength) user keys") }
    var users: [String] = []
    for node in nodes {
      guard case .string(let user) = node.value, (1...FlagLimits.userBytes).contains(user.utf8.count) else {
        throw EditFault("\(name) holds something that is no user key: a text of 1 to \(FlagLimits.userBytes) bytes")
      }
      users.append(user)
    }
    return users
  }

  func isHard() throws(EditFault) -> Bool {
    guard let value = members["hard"] else { return false }
    guard case .bool(let isHard) = value else { throw EditFault("hard is neither true nor false") }
    return isHard
  }

  func reason() throws(EditFault) -> String? { try note("reason", atMost: Self.reasonLength) }

  func author() throws(EditFault) -> String { try note("by", atMost: Self.authorLength) ?? "api" }

  /// Printable: it is shown in terminals and logs.
  private func note(_ name: String, atMost limit: Int) throws(EditFault) -> String? {
    guard let value = members[name] else { return nil }
    guard case .string(let text) = value, (1...limit).contains(text.unicodeScalars.count),
      text.unicodeScalars.allSatisfy(Self.isPrintable)
    else { throw EditFault("\(name) is no text of 1 to \(limit) printable characters") }
    return text
  }

  /// Neither a control character nor one that breaks a line or turns the direction in which it is read (Unicode Standard
  /// Annex #9, section 2).
  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x2028...0x202E, 0x2066...0x2069: false
    default: scalar.properties.generalCategory != .control
    }
  }

  func signature(from peer: Peer) throws(EditFault) -> Signature {
    Signature(by: try author(), from: peer.origin, reason: try reason())
  }
}

/// What is wrong with a request for a change. Nothing was changed.
struct EditFault: Error {
  let description: String

  init(_ description: String) { self.description = description }

  var response: Response { ErrorDocument(error: "\(description); nothing was changed.").response(status: 400) }
}

extension JSONError {
  fileprivate static var noObject: JSONError { JSONError(found: "another value", expected: "an object") }
}

extension Peer {
  /// As the audit trail names it.
  var origin: String {
    switch self {
    case .tcp(let address, _): "admin API \(address)"
    case .unix(let user): "admin socket uid \(user.map { "\($0)" } ?? "unknown")"
    }
  }
}
