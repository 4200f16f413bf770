import Foundation

/// The users whom docs/redis.md describes, for servers of tests: the words behind `ACL SETUSER`.
package enum DocumentedUser {
  package static func rights(of user: String) throws -> String {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: root.appending(path: "docs/redis.md"), encoding: .utf8)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      .drop { !$0.contains("ACL SETUSER \(user) ") }.prefix { $0.hasPrefix("    ") }
    guard !lines.isEmpty else { throw RedisServerFailure("docs/redis.md has no user \(user)") }
    return lines.flatMap { $0.split(separator: " ") }.dropFirst(2).joined(separator: " ")
  }
}
