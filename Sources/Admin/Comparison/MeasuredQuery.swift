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

  /// A week, which is what is kept.
  static let longestSeconds = 604_800
  private static let latest = 100_000_000_000.0

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

  private mutating func readSince(_ value: String) throws(QueryFault) {
    guard value != "stage" else { return }
    let units = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
    let digits = value.dropLast()
    guard let unit = value.last.flatMap({ units["\($0)"] }), (1...6).contains(digits.utf8.count),
      digits.utf8.allSatisfy(ASCII.isDigit), let number = Int(digits), (1...Self.longestSeconds).contains(number * unit)
    else { throw QueryFault("since is neither stage nor a time from 1s to 7d, such as 900s, 15m or 2h.") }
    sinceSeconds = number * unit
  }

  private mutating func readResolution(_ value: String) throws(QueryFault) {
    guard value == "1" || value == "60" else { throw QueryFault("resolution is neither 1 nor 60, which are seconds.") }
    resolution = value == "1" ? 1 : 60
  }

  private mutating func readFrom(_ value: String) throws(QueryFault) {
    guard value.utf8.count <= 32, value.utf8.allSatisfy({ ASCII.isDigit($0) || $0 == UInt8(ascii: ".") }),
      let number = Double(value), (0...Self.latest).contains(number)
    else { throw QueryFault("from is no moment in seconds since 1970, such as 1767225600.") }
    from = number
  }
}

/// What is wrong with a question.
struct QueryFault: Error {
  let description: String

  init(_ description: String) { self.description = description }
}
