internal import Bytes
internal import FlagStore
internal import Flags
internal import JSON
internal import LocalServer

/// One edit of one flag at the store. An edit that changes nothing is not written.
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

  private(set) var flag: String?
  private(set) var limit = 100

  init(_ query: String) throws(EditFault) {
    var seen: Set<String> = []
    for part in query.split(separator: "&") {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = PercentEncoding.decode(pair[0]), ["flag", "limit"].contains(name) else { continue }
      guard seen.insert(name).inserted else { throw EditFault("\(name) is there twice") }
      let value = pair.count == 2 ? PercentEncoding.decode(pair[1]) : ""
      if name == "flag" { try readFlag(value ?? "") } else { try readLimit(value ?? "") }
    }
  }

  private mutating func readFlag(_ value: String) throws(EditFault) {
    guard FlagLimits.isName(value) else { throw EditFault("flag is no name of a flag") }
    flag = value
  }

  private mutating func readLimit(_ value: String) throws(EditFault) {
    guard value.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let number = Int(value),
      Self.limits.contains(number)
    else { throw EditFault("limit is no number from 1 to 1000") }
    limit = number
  }
}
