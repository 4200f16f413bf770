internal import Bytes
internal import FlagStore

/// The parameters of the two paths that tell of cohorts over time. What is not known is passed over, as everywhere.
struct MeasuredQuery {
  private(set) var flag: String?
  /// Nil: since the split was last changed.
  private(set) var sinceSeconds: Int?
  private(set) var resolution = 60
  /// Seconds since 1970; nil: a default for the resolution.
  private(set) var from: Double?

  init(_ query: String) throws(QueryFault) {
    var seen: Set<String> = []
    for part in query.split(separator: "&") {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = PercentEncoding.decode(pair[0]), ["flag", "since", "resolution", "from"].contains(name) else {
        continue
      }
      guard seen.insert(name).inserted else { throw QueryFault("\(name) is there twice.") }
      let value = pair.count == 2 ? PercentEncoding.decode(pair[1]) ?? "" : ""
      switch name {
      case "flag": try readFlag(value)
      case "since": try readSince(value)
      case "resolution": try readResolution(value)
      default: try readFrom(value)
      }
    }
  }

  private mutating func readFlag(_ value: String) throws(QueryFault) {
    guard FlagLimits.isName(value) else { throw QueryFault("flag is no name of a flag.") }
    flag = value
  }

  /// The units, how many seconds they are and how many of them there may be: at most a week.
  private static let units: [Character: (seconds: Int, limit: Int)] = [
    "s": (1, 99_999), "m": (60, 9_999), "h": (3_600, 168), "d": (86_400, 7),
  ]

  private mutating func readSince(_ value: String) throws(QueryFault) {
    guard value != "stage" else { return }
    let digits = value.dropLast()
    guard let unit = value.last.flatMap({ Self.units[$0] }), digits.first != "0", digits.utf8.allSatisfy(ASCII.isDigit),
      let number = Int(digits), number <= unit.limit
    else { throw QueryFault("since is neither stage nor a time from 1s to 7d, such as 900s, 15m or 2h.") }
    sinceSeconds = number * unit.seconds
  }

  private mutating func readResolution(_ value: String) throws(QueryFault) {
    guard value == "1" || value == "60" else { throw QueryFault("resolution is neither 1 nor 60, which are seconds.") }
    resolution = value == "1" ? 1 : 60
  }

  private mutating func readFrom(_ value: String) throws(QueryFault) {
    let parts = value.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let isNumber = parts.allSatisfy { (1...11).contains($0.utf8.count) && $0.utf8.allSatisfy(ASCII.isDigit) }
    guard isNumber, let number = Double(value) else {
      throw QueryFault("from is no moment in seconds since 1970, such as 1767225600.")
    }
    from = number
  }
}

/// What is wrong with a question.
struct QueryFault: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
