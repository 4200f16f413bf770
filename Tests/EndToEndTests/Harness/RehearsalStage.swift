import Flags
import Foundation
import TestSupport
import Testing

/// A proxy between two upstreams, a Redis for the contexts, and the commands that try them out.
final class RehearsalStage {
  let redis: RedisServer
  let proxy: ProxyProcess
  private let upstreams: [AnyObject]

  /// Two sample applications on the Redis, unless other upstreams are given.
  init(
    percentage: String = "50", legacy: (any HasPort)? = nil, unified: (any HasPort)? = nil, redis: RedisServer? = nil,
    environment: [String: String] = [:]
  ) throws {
    let redis = try redis ?? RedisServer()
    let first =
      try legacy
      ?? SampleProcess(.legacy, ["--redis", redis.address(), "--redis-timeout", "5000"], environment: environment)
    let second =
      try unified
      ?? SampleProcess(.unified, ["--redis", redis.address(), "--redis-timeout", "5000"], environment: environment)
    proxy = try ProxyProcess(
      """
      cohorts:
        legacy: { servers: ["http://127.0.0.1:\(first.port)"] }
        unified: { servers: ["http://127.0.0.1:\(second.port)"] }
      """, flags: "{ \"UNIFIED_CONVERSATION_ENABLED\": \(percentage) }")
    self.redis = redis
    upstreams = [first, second]
  }

  /// What `--json` says.
  struct Report: Decodable {
    struct Line: Decodable, CustomStringConvertible {
      var name: String
      var section: String?
      var outcome: String
      var found: String
      var advice: String?

      var description: String { "\(outcome) \(section ?? "") \(name): \(found) / \(advice ?? "")\n" }
    }

    var passed: Bool
    var checks: [Line]

    subscript(name: String) -> Line {
      checks.first { $0.name == name } ?? Line(name: name, outcome: "missing", found: "", advice: "")
    }

    /// Those that came out like this.
    func names(_ outcome: String) -> [String] { checks.filter { $0.outcome == outcome }.map(\.name) }
  }

  /// Runs `smoke` or `validate` on this system.
  func run(
    _ command: String, _ arguments: [String] = [], environment: [String: String] = [:]
  ) throws -> (Report, Program.ExitStatus?) {
    let system = ["--proxy", "http://127.0.0.1:\(proxy.port)", "--redis", redis.address(), "--json"]
    let (output, status) = try proxy.command([command] + system + arguments, environment: environment)
    do { return (try JSONDecoder().decode(Report.self, from: Data(output.utf8)), status) } catch {
      throw SetupError("\(command) ended with \(String(describing: status)): \(output)")
    }
  }

  /// The same as text for people.
  func text(_ command: String, _ arguments: [String] = []) throws -> String {
    let system = ["--proxy", "http://127.0.0.1:\(proxy.port)", "--redis", redis.address()]
    return try proxy.command([command] + system + arguments).output
  }

  /// All keys that are left in Redis, sorted.
  var keys: [String] { get throws { try redis.cli("KEYS", "*").split(separator: "\n").map(String.init).sorted() } }

  /// The line has failed, and says these words.
  static func expectFailed(
    _ line: Report.Line, _ words: String..., location: SourceLocation = #_sourceLocation
  ) {
    #expect(line.outcome == "fail", "\(line)", sourceLocation: location)
    let text = line.found + " " + (line.advice ?? "")
    for word in words { #expect(text.contains(word), "\(word) in \(line)", sourceLocation: location) }
  }
}

/// An upstream of any kind.
protocol HasPort: AnyObject {
  var port: UInt16 { get }
}

extension SampleProcess: HasPort {}
extension ScriptedUpstream: HasPort {}
