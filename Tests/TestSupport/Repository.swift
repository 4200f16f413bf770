import Foundation

/// The files of the repository.
package enum Repository {
  /// The folder of the package, without a slash at its end.
  package static let root: String = {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { url.deleteLastPathComponent() }
    return url.path
  }()

  package static func text(_ path: String) throws -> String {
    try String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)
  }

  /// The rights that docs/redis.md gives a user: the words behind `ACL SETUSER`.
  package static func documentedRights(of user: String) throws -> String {
    let lines = try text("docs/redis.md").split(separator: "\n", omittingEmptySubsequences: false)
      .drop { !$0.contains("ACL SETUSER \(user) ") }.prefix { $0.hasPrefix("    ") }
    guard !lines.isEmpty else { throw SetupError("docs/redis.md has no user \(user)") }
    return lines.flatMap { $0.split(separator: " ") }.dropFirst(2).joined(separator: " ")
  }
}
