internal import LocalServer

/// If-Match (RFC 9110 13.1.1) with the revision of a flag as entity tag: `"7"`.
enum RevisionCondition: Equatable {
  /// No such header.
  case none
  /// `*`: whatever is stored.
  case any
  case revision(Int)
  /// Something that is no revision, and so matches none.
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
      digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let number = Int(digits)
    {
      self = .revision(number)
    } else {
      self = .malformed
    }
  }

  static func tag(_ revision: Int) -> Header { Header("ETag", "\"\(revision)\"") }
}
