import Flags
import Proxy
import Testing
import YAML

@testable import Configuration

@Suite struct ValueTests {
  @Test(
    "A duration is a number and its unit",
    arguments: [("1ms", 1), ("500ms", 500), ("10s", 10_000), ("10 s", 10_000), ("5m", 300_000), ("24h", 86_400_000)]
      as [(String, UInt64)])
  func durations(text: String, milliseconds: UInt64) {
    #expect(Scalar.duration(Ranges.timeout).parse(text) == milliseconds * 1_000_000)
  }

  @Test(
    "Anything else is no duration",
    arguments: [
      "", "10", "s", "1.5s", "-1s", "+1s", "0s", "0ms", "25h", "1d", "10S", "10sec", "1m30s", "٣s",
      "18446744073709551615h", "99999999999999999999s",
    ])
  func wrongDurations(text: String) {
    #expect(Scalar.duration(Ranges.timeout).parse(text) == nil)
  }

  @Test(
    "A size is bytes, or a number and its unit",
    arguments: [
      ("1", 1), ("65536", 65_536), ("64KiB", 65_536), ("64 KiB", 65_536), ("1MiB", 1 << 20), ("1GiB", 1 << 30),
    ]
      as [(String, UInt64)])
  func sizes(text: String, bytes: UInt64) {
    #expect(Scalar.size(1...(1 << 40)).parse(text) == bytes)
  }

  @Test("Anything else is no size", arguments: ["", "KiB", "1KB", "1k", "-1", "1.5MiB", "0x10", "1_000", "1TiB", "0"])
  func wrongSizes(text: String) {
    #expect(Scalar.size(1...(1 << 40)).parse(text) == nil)
  }

  @Test("Quantities are written in the largest unit that leaves no rest")
  func quantitiesAsText() {
    #expect(
      [1_500_000_000, 60_000_000_000, 90_000_000_000, 3_600_000_000_000].map { DurationText.text($0) } == [
        "1500ms", "1m", "90s", "1h",
      ])
    #expect(
      [0, 1000, 16_384, 1 << 20, 3 << 30].map { SizeText.text($0) } == [
        "0 bytes", "1000 bytes", "16 KiB", "1 MiB", "3 GiB",
      ])
  }

  @Test("A share is a plain number from 0 to 1", arguments: [("0", 0), ("1", 1), ("0.01", 0.01), ("1.000000", 1)])
  func shares(text: String, share: Double) { #expect(Scalar.share.parse(text) == share) }

  @Test(
    "Anything else is no share",
    arguments: ["", "1.1", "2", "-0.5", ".5", "0.", "1e-2", "nan", "0x1", "0,5", "0.0000001", "50%", "1.0000001"])
  func wrongShares(text: String) { #expect(Scalar.share.parse(text) == nil) }

  @Test(
    "The access log goes nowhere, to standard output or to a file beside turnout.yaml",
    arguments: [
      ("none", .none), ("stdout", .standardOutput), ("/var/log/a.log", .file("/var/log/a.log")), ("a", .file("etc/a")),
    ] as [(String, AccessLogSettings.Destination)])
  func accessLogs(text: String, destination: AccessLogSettings.Destination) throws {
    let (read, problems) = try Configuration.read(text: "access_log: {path: \(text)}", file: "etc/turnout.yaml")
    #expect(problems.isEmpty)
    #expect(read.proxy.accessLog.destination == destination)
  }

  @Test(
    "A server is http://HOST:PORT",
    arguments: [
      ("http://127.0.0.1:9001", "127.0.0.1:9001"), ("http://127.0.0.1", "127.0.0.1:80"), ("HTTP://app:8/", "app:8"),
      ("http://[::1]:9001", "[::1]:9001"), ("http://[::1]", "[::1]:80"),
      ("http://chat_app.internal", "chat_app.internal:80"),
    ])
  func servers(text: String, address: String) {
    #expect(Scalar.server.parse(text)?.description == address)
  }

  @Test(
    "Anything else is no server",
    arguments: [
      "", "127.0.0.1:9001", "https://a", "http://", "http://a:0", "http://a:65536", "http://a:", "http://a/b",
      "http://a?b",
      "http://u@a", "http://127.0.0.256", "http://a..b", "http://a b", "http://ä", "http://[::g]", "http://[127.0.0.1]",
      "http://[::1]x", "http://::1:80", "unix:/run/x", "http://a:80:80", "http://-\u{0}",
    ])
  func wrongServers(text: String) {
    #expect(Scalar.server.parse(text) == nil)
  }

  @Test(
    "A listener is HOST:PORT",
    arguments: [("0.0.0.0:80", "0.0.0.0:80"), ("[::]:0", "[::]:0"), ("localhost:65535", "localhost:65535")])
  func listeners(text: String, address: String) {
    #expect(Scalar.listener.parse(text)?.description == address)
  }

  @Test("Names that could do harm in a message, a label or a log line are refused")
  func names() {
    #expect(["X-User-Id", "Authorization", "user"].allSatisfy { Scalar.headerName.parse($0) != nil })
    let harmful = [
      "", "X User", "X-User:", "Host", "content-length", "X-Turnout-Cohort", "x-forwarded-for", "X_User_Id",
    ]
    #expect(harmful.allSatisfy { Scalar.headerName.parse($0) == nil })
    #expect(Scalar.flagName.parse(String(repeating: "A", count: 128)) != nil)
    #expect(
      ["", "A B", "Ä", "A\"", String(repeating: "A", count: 129)].allSatisfy { Scalar.flagName.parse($0) == nil })
    #expect(["/", "/a", "/a/"].allSatisfy { Scalar.routePath.parse($0) != nil })
    #expect(
      ["", "a", "/a?b", "/a#b", "/ä", "/a b", "/" + String(repeating: "a", count: 256)].allSatisfy {
        Scalar.routePath.parse($0) == nil
      })
    #expect(["", "/v1"].allSatisfy { Scalar.pathPrefix.parse($0) != nil })
    #expect(["/", "/v1/", "v1"].allSatisfy { Scalar.pathPrefix.parse($0) == nil })
  }

  @Test("Every value of a file arrives")
  func everyValue() throws {
    let proxy = try configuration(everything).proxy
    #expect(proxy.listen.map(\.description) == ["0.0.0.0:80", "[::1]:80"])
    #expect(proxy.workers == 3)
    #expect(proxy.legacy.servers.map(\.description) == ["a:80", "b:81"])
    #expect(proxy.unified.pathPrefix == "/v2")
    #expect(proxy.routes.map(\.path) == ["/", "/static", "/chat"])
    #expect(proxy.routes.map(\.target) == [.flag("F"), .cohort(.unified), .flag("G")])
    #expect(proxy.flagNames == ["F", "G"])
    #expect(proxy.userKey.sources == [.cookie("sid"), .query("user"), .jwtClaim("sub"), .header("X-Id")])
    #expect(proxy.userKey.anonymous == .cookie)
    #expect(proxy.userKey.anonymousCookie == "anon")
    #expect(proxy.headers.forwarded == .append)
    #expect(proxy.headers.viaName == "edge")
    #expect(!proxy.headers.onResponses)
    #expect(!proxy.headers.sendsVia)
    #expect(!proxy.headers.startsTraces)
    #expect(proxy.accessLog.destination == .file("logs/access.log"))
    #expect(proxy.accessLog.format == .combined)
    #expect(proxy.accessLog.user == .raw)
    #expect(proxy.accessLog.sample == 0.25)
    #expect(proxy.accessLog.bufferBytes == 65_536)
    #expect(try configuration(everything).logLevel == .warning)
    #expect(proxy.limits.requestBodyBytes == 1 << 30)
  }

  @Test("Each timeout and each limit goes where it belongs")
  func numbers() throws {
    for (index, field) in TimeoutField.all.enumerated() {
      let proxy = try configuration(cohorts + "timeouts: {\(field.key): \(index + 1)ms}").proxy
      var expected = TimeoutSettings()
      expected[keyPath: field.value] = UInt64(index + 1) * 1_000_000
      #expect(proxy.timeouts == expected)
    }
    for field in LimitField.all {
      let value = ["buffer_bytes": 65_536, "header_fields": 99][field.key] ?? 1_024
      let proxy = try configuration(cohorts + "limits: {target_bytes: 1KiB, \(field.key): \(value)}".unique).proxy
      var expected = LimitSettings()
      expected.targetBytes = 1_024
      expected[keyPath: field.value] = value
      #expect(proxy.limits == expected)
    }
  }

  @Test("Older names of keys are still read, but not beside the new ones")
  func olderNames() throws {
    let proxy = try configuration(cohorts + "headers: {answers: false}\ntimeouts: {answer_idle: 7s}").proxy
    #expect(!proxy.headers.onResponses)
    #expect(proxy.timeouts.responseIdle == 7_000_000_000)
    #expect(
      complaints(cohorts + "timeouts: {response_idle: 7s, answer_idle: 8s}") == [
        "turnout.yaml:4: timeouts.answer_idle: response_idle is given under its older name, too; keep response_idle"
      ])
  }
}

extension String {
  /// Without the first of two equal keys of the flow mapping above.
  fileprivate var unique: String { replacing("target_bytes: 1KiB, target_bytes", with: "target_bytes") }
}

private let everything = """
  listen: ["0.0.0.0:80", "[::1]:80"]
  admin: localhost:9
  workers: 3
  flags: f.json
  cohorts:
    legacy:
      servers:
        - http://a
        - http://b:81
    unified: {servers: ["http://c"], path_prefix: /v2}
  routes:
    - {path: /, flag: F}
    - {path: /static, cohort: unified}
    - {path: /chat, flag: G}
  user_key:
    sources: [{cookie: sid}, {query: user}, {jwt_claim: sub}, {header: X-Id}]
    anonymous: cookie
    anonymous_cookie: anon
  headers: {responses: false, forwarded: append, via: false, via_name: edge, traceparent: false}
  access_log: {path: logs/access.log, format: combined, user: raw, sample: 0.25, buffer: 64KiB}
  log_level: warning
  limits: {request_body_bytes: 1GiB}
  """
