internal import Bytes
internal import FlagStore
internal import Flags
internal import JSON
internal import LocalServer

/// The body of a request that changes something: an object of known members. Unknown members are refused, so that a typo
/// does not look like success.
struct EditRequest {
  /// Code points of `by` and `reason`.
  static let authorLength = 128
  static let reasonLength = 256
  /// User keys in one list.
  static let listLength = 10_000

  private let members: [String: JSONValue]

  /// An empty body is an empty object.
  init(_ request: Request, allowed: [String]) throws(EditError) {
    var members: [String: JSONValue] = [:]
    for member in try Self.members(of: request.body) {
      guard allowed.contains(member.name) else {
        throw EditError("\(Self.shown(member.name)) is not a member here; expected \(allowed.joined(separator: ", "))")
      }
      guard members.updateValue(member.node.value, forKey: member.name) == nil else {
        throw EditError("\(member.name) occurs twice")
      }
    }
    self.members = members
  }

  private static func members(of body: [UInt8]) throws(EditError) -> [JSONMember] {
    guard !body.isEmpty else { return [] }
    do throws(JSONError) {
      guard case .object(let members) = try JSONReader.read(body).value else {
        throw JSONError.noObject
      }
      return members
    } catch {
      throw EditError("the body is not a JSON object: found \(error.found), expected \(error.expected)")
    }
  }

  /// Shortens a name from the network.
  private static func shown(_ name: String) -> String { "\"\(name.prefix(40))\"" }

  // MARK: Members

  /// A number from 0 to 100 with up to three decimals; nil when missing.
  func percentage() throws(EditError) -> Percentage? {
    guard let value = members["percentage"] else { return nil }
    guard case .number(let digits) = value, let number = Double(digits) else {
      throw EditError("percentage is not a number")
    }
    do throws(PercentageError) { return try Percentage(number) } catch { throw EditError("percentage: \(error)") }
  }

  func users(_ name: String) throws(EditError) -> [String]? {
    guard let value = members[name] else { return nil }
    guard case .array(let nodes) = value else { throw EditError("\(name) is not a list of user keys") }
    guard nodes.count <= Self.listLength else { throw EditError("\(name) has more than \(Self.listLength) user keys") }
    var users: [String] = []
    for node in nodes {
      guard case .string(let user) = node.value, (1...FlagLimits.userBytes).contains(user.utf8.count) else {
        throw EditError(
          "\(name) holds something that is not a user key (a string of 1 to \(FlagLimits.userBytes) bytes)")
      }
      users.append(user)
    }
    return users
  }

  func isHard() throws(EditError) -> Bool {
    guard let value = members["hard"] else { return false }
    guard case .bool(let isHard) = value else { throw EditError("hard is not true or false") }
    return isHard
  }

  func reason() throws(EditError) -> String? { try note("reason", atMost: Self.reasonLength) }

  func author() throws(EditError) -> String { try note("by", atMost: Self.authorLength) ?? "api" }

  /// Must be printable, because terminals and logs show it.
  private func note(_ name: String, atMost limit: Int) throws(EditError) -> String? {
    guard let value = members[name] else { return nil }
    guard case .string(let text) = value, (1...limit).contains(text.unicodeScalars.count),
      text.unicodeScalars.allSatisfy(Self.isPrintable)
    else { throw EditError("\(name) is not a string of 1 to \(limit) printable characters") }
    return text
  }

  /// Excludes control characters and characters that break lines or change the reading direction (Unicode Standard Annex #9,
  /// section 2).
  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x2028...0x202E, 0x2066...0x2069: false
    default: scalar.properties.generalCategory != .control
    }
  }

  func signature(from peer: Peer) throws(EditError) -> Signature {
    Signature(by: try author(), from: peer.origin, reason: try reason())
  }
}

/// What is wrong with a request for a change; nothing was changed.
struct EditError: Error {
  let description: String

  init(_ description: String) { self.description = description }

  var response: Response { ErrorBody(error: "\(description); nothing was changed.").response(status: 400) }
}

extension JSONError {
  fileprivate static var noObject: JSONError { JSONError(found: "another value", expected: "an object") }
}

extension Peer {
  /// Its name in the audit trail.
  var origin: String {
    switch self {
    case .tcp(let address, _): "admin API \(address)"
    case .unix(let user): "admin socket uid \(user.map { "\($0)" } ?? "unknown")"
    }
  }
}

/// If-Match (RFC 9110 13.1.1) with the revision of a flag as entity tag: `"7"`.
enum RevisionCondition: Equatable {
  /// No such header.
  case none
  /// `*`: whatever is stored.
  case any
  case revision(Int)
  /// Not a revision, so it matches none.
  case malformed

  init(_ request: Request) {
    let lines = request.values(of: "if-match")
    guard let text = lines.first else {
      self = .none
      return
    }
    let digits = text.dropFirst().dropLast()
    if lines.count == 1, text == "*" {
      self = .any
    } else if lines.count == 1, text.count >= 3, text.hasPrefix("\""), text.hasSuffix("\""),
      digits.utf8.allSatisfy(ASCII.isDigit), let number = Int(digits)
    {
      self = .revision(number)
    } else {
      self = .malformed
    }
  }

  static func tag(_ revision: Int) -> Header { Header("ETag", "\"\(revision)\"") }
}

/// An edit of one flag at the store. An edit that changes nothing is not written.
struct StoredEdit {
  let name: String
  let condition: RevisionCondition
  let edit: FlagEdit
  let signature: Signature

  func response(from source: any FlagSource) throws(FlagStoreError) -> Response {
    let (before, after) = try source.change(flag: name, edit, ifRevision: revision, signed: signature)
    var response = Response.json(JSONText.body(EditResult(changed: after != before, flag: FlagState(after))))
    response.headers.append(RevisionCondition.tag(after.revision))
    return response
  }

  private var revision: Int? { if case .revision(let revision) = condition { revision } else { nil } }
}

/// `flag=NAME&limit=NUMBER`, both optional.
struct AuditQuery {
  static let limits = 1...1_000

  let flag: String?
  private(set) var limit = 100

  init(_ query: String) throws(QueryError) {
    let parameters = try QueryParameters(query, known: ["flag", "limit"])
    flag = try parameters.flag()
    guard let text = parameters["limit"] else { return }
    guard text.utf8.allSatisfy(ASCII.isDigit), let number = Int(text), Self.limits.contains(number) else {
      throw QueryError("limit is not a number from 1 to 1000.")
    }
    limit = number
  }
}
