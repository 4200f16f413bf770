import Foundation
import Suggestions
import Testing
import YAML

@testable import Configuration

@Suite struct ComplaintTests {
  @Test("Each mistake in a value names line, key, what was found and what was expected", arguments: mistakes)
  func mistake(_ mistake: Mistake) {
    #expect(complaints(cohorts + mistake.text) == ["turnout.yaml:\(3 + mistake.line): \(mistake.complaint)"])
  }

  @Test("Everything that is wrong is told at once, in the order of the file")
  func allAtOnce() {
    let text = """
      workers: many
      timeouts:
        connect: 10
        conect: 1s
      cohorts: {}
      """
    #expect(
      complaints(text) == [
        #"turnout.yaml:1: workers: found "many", expected auto or a whole number from 1 to 256"#,
        #"turnout.yaml:3: timeouts.connect: found "10", expected \#(duration); the unit is missing"#,
        "turnout.yaml:4: timeouts.conect: unknown key; did you mean connect?",
        "turnout.yaml: cohorts.legacy.servers: missing; expected at least one server, here or with --legacy http://HOST:PORT",
        "turnout.yaml: cohorts.unified.servers: missing; expected at least one server, here or with --unified http://HOST:PORT",
      ])
  }

  @Test("What is no YAML is told with its place", arguments: notYAML)
  func brokenYAML(text: String, complaint: String) {
    #expect(complaints(text) == ["turnout.yaml:\(complaint)"])
  }

  @Test("A file that cannot be read is named with the reason")
  func unreadable() throws {
    try withTemporaryFolder { folder in
      let missing = #expect(throws: ConfigurationError.self) { try Configuration.load(file: folder + "/turnout.yaml") }
      #expect(missing?.description == "\(folder)/turnout.yaml: cannot be read: No such file or directory")
      let noFile = #expect(throws: ConfigurationError.self) { try Configuration.load(file: folder) }
      #expect(noFile?.description == "\(folder): cannot be read: Is a directory")
      try Array(repeating: "# comment\n", count: 200_000).joined().write(
        toFile: folder + "/large", atomically: true, encoding: .utf8)
      let large = #expect(throws: ConfigurationError.self) { try Configuration.load(file: folder + "/large") }
      #expect(large?.description == "\(folder)/large: is larger than 1 MiB: not a configuration")
    }
  }

  @Test("What is found is shown without anything that could disturb a terminal")
  func hostileText() {
    #expect(Found.quoted("a\u{1B}[31m\"\n\u{202E}") == #""a\u{1b}[31m\"\n\u{202e}""#)
    #expect(Found.quoted(String(repeating: "x", count: 200)) == "\"\(String(repeating: "x", count: 80))...\"")
  }

  @Test(
    "The nearest name is offered only when it is near",
    arguments: [
      ("conect", "connect"), ("Connect", "connect"), ("connetc", "connect"), ("firstByte", "first_byte"),
      ("request-head", "request_head"), ("xyz", nil), ("", nil), (String(repeating: "a", count: 5000), nil),
    ] as [(String, String?)])
  func nearest(text: String, name: String?) {
    #expect(Nearest.name(to: text, among: TimeoutField.all.map(\.key)) == name)
  }
}

struct Mistake: CustomTestStringConvertible {
  var text: String
  /// Within `text`, from 1.
  var line: Int
  var complaint: String

  init(_ text: String, line: Int = 1, _ complaint: String) {
    self.text = text
    self.line = line
    self.complaint = complaint
  }

  var testDescription: String { text }
}

private let duration = "a duration from 1ms to 24h with its unit, such as 500ms, 10s, 5m or 1h"
private let hostPort = #"HOST:PORT, such as 127.0.0.1:8080, 0.0.0.0:8080 or "[::1]:8080""#
private let topKeys = DocumentReader.topKeys.joined(separator: ", ")

private let long = String(repeating: "s", count: 100)
private let advice = "give admin_socket: PATH or none"

private let mistakes: [Mistake] = [
  // kinds of value
  Mistake("listen: 8080", #"listen: found "8080", expected \#(hostPort); the host is missing"#),
  Mistake(
    "listen: :8080",
    #"listen: found ":8080", expected \#(hostPort); for every address write 0.0.0.0 or [::] as the host"#),
  Mistake("listen: http://a:80", #"listen: found "http://a:80", expected \#(hostPort); no scheme here"#),
  Mistake("listen: ::1:80", #"listen: found "::1:80", expected \#(hostPort); an IPv6 address goes in brackets"#),
  Mistake("listen: []", "listen: found 0 addresses, expected 1 to 16"),
  Mistake("listen: [a:1,\n  b]", line: 2, #"listen[1]: found "b", expected \#(hostPort); the port is missing"#),
  Mistake("listen: {a: 1}", "listen: found keys with values, expected \(hostPort)"),
  Mistake("admin: 127.0.0.256:1", #"admin: found "127.0.0.256:1", expected \#(hostPort)"#),
  Mistake("admin: a:65536", #"admin: found "a:65536", expected \#(hostPort)"#),
  Mistake("workers: 0", #"workers: found "0", expected auto or a whole number from 1 to 256"#),
  Mistake("workers: 2.0", #"workers: found "2.0", expected auto or a whole number from 1 to 256"#),
  Mistake("workers: [2]", "workers: found a list, expected auto or a whole number from 1 to 256"),
  Mistake("flags:", "flags: found nothing, expected \(flagPlace)"),
  Mistake(#"flags: """#, "flags: found nothing, expected \(flagPlace)"),
  Mistake(
    "flags: redis://u:secret@a:0",
    #"flags: found "redis://***@a:0", expected \#(flagPlace); the port "0": expected 1 to 65535. Leave it out for 6379"#
  ),
  Mistake(
    "flag_store: {on_loss: legacy}",
    #"flag_store.on_loss: found "legacy", expected hold, or legacy after a duration from 1s to 24h, such as legacy after 60s"#
  ),
  Mistake(
    "flag_store: {largest_step: 0}",
    #"flag_store.largest_step: found "0", expected percentage points from 0.001 to 100, with up to three decimals"#),
  Mistake(
    "flag_store: {key_prefix: a b}",
    #"flag_store.key_prefix: found "a b", expected at most 64 visible ASCII characters"#
  ),
  Mistake("name: a b", #"name: found "a b", expected a name of 1 to 64 visible ASCII characters"#),
  Mistake("kill_grace: 5", #"kill_grace: found "5", expected never or \#(duration); the unit is missing"#),
  Mistake("state:", "state: found nothing, expected the path of a folder"),
  Mistake("admin_hosts: a", #"admin_hosts: found "a", expected a list of host names"#),
  Mistake(
    "admin_hosts: ['a:1']",
    #"admin_hosts[0]: found "a:1", expected a host name or address without scheme and port, such as turnout.internal"#),
  Mistake(
    "state: \(long)", "state: the socket \(long)/admin.sock is longer than the 107 bytes that one may have; \(advice)"),
  Mistake("timeouts: {drain: 48h}", #"timeouts.drain: found "48h", expected \#(duration)"#),
  Mistake("timeouts: {drain: 5}", #"timeouts.drain: found "5", expected \#(duration); the unit is missing"#),
  Mistake(
    "limits: {head_bytes: 16KB}",
    #"limits.head_bytes: found "16KB", expected a size from 1 KiB to 1 MiB, such as 65536, 64KiB, 1MiB or 1GiB; write KiB"#
  ),
  Mistake(
    "limits: {request_body_bytes: 2TiB}",
    #"limits.request_body_bytes: found "2TiB", expected none or a size from 1 bytes to 1024 GiB, such as 65536, 64KiB, 1MiB or 1GiB"#
  ),
  Mistake(
    "limits: {queued_requests: -1}",
    #"limits.queued_requests: found "-1", expected a whole number from 0 to 1000000"#),
  Mistake("headers: {traceparent: on}", #"headers.traceparent: found "on", expected true or false"#),
  Mistake("access_log: {path: []}", "access_log.path: found a list, expected none, stdout or the path of a file"),
  Mistake(
    "access_log: {path: Stdout}",
    #"access_log.path: found "Stdout", expected none, stdout or the path of a file; write stdout, or ./stdout for a file of that name"#
  ),
  Mistake(
    #"access_log: {path: "none "}"#,
    #"access_log.path: found "none ", expected none, stdout or the path of a file; write none, or ./none for a file of that name"#
  ),
  Mistake(
    #"access_log: {path: "a\nb"}"#,
    #"access_log.path: found "a\nb", expected none, stdout or the path of a file; a path has no control characters"#),
  Mistake(
    "access_log: {path: /}",
    #"access_log.path: found "/", expected none, stdout or the path of a file; that is a folder"#),
  Mistake("access_log: {format: xml}", #"access_log.format: found "xml", expected json or combined"#),
  Mistake("access_log: {user: hashed}", #"access_log.user: found "hashed", expected hash, raw or none"#),
  Mistake(
    "access_log: {sample: 10%}",
    #"access_log.sample: found "10%", expected a number from 0 to 1 with at most six decimals, such as 0.01"#),
  Mistake(
    "access_log: {buffer: 1KiB}",
    #"access_log.buffer: found "1KiB", expected a size from 64 KiB to 1 GiB, such as 65536, 64KiB, 1MiB or 1GiB"#),
  Mistake(
    "log_level: loud", #"log_level: found "loud", expected debug, info, notice, warning or error"#),
  Mistake("headers: {via: yes}", #"headers.via: found "yes", expected true or false"#),
  Mistake("headers: {forwarded: keep}", #"headers.forwarded: found "keep", expected replace or append"#),
  Mistake(
    "headers: {via_name: a b}",
    #"headers.via_name: found "a b", expected a name of 1 to 64 letters, digits or !#$%&'*+-.^_`|~"#),

  // keys
  Mistake("listn: a:1", "listn: unknown key; did you mean listen?"),
  Mistake("tls: true", "tls: unknown key; known here: \(topKeys)"),
  Mistake(
    "timeouts: 5s",
    #"timeouts: found "5s", expected keys with values: \#(TimeoutField.all.map(\.key).joined(separator: ", "))"#),
  Mistake("headers:\n  viaName: x", line: 2, "headers.viaName: unknown key; did you mean via_name?"),
  Mistake("headers:\n  [a]: x", line: 2, "headers: found a list as a key, expected a name"),
  Mistake("\"\\e[2J\": 1", "\\u{1b}[2J: unknown key; known here: \(topKeys)"),

  // routes
  Mistake("routes: /", #"routes: found "/", expected a list of routes"#),
  Mistake("routes: []", "routes: found 0 routes, expected 1 to 256"),
  Mistake("routes:\n  - {path: /}", line: 2, "routes[0]: flag: or cohort: is missing; one of them must say where to"),
  Mistake(
    "routes:\n  - {path: /, flag: F, cohort: legacy}", line: 2,
    "routes[0]: found flag: and cohort:, expected one of them"),
  Mistake("routes:\n  - {flag: F}", line: 2, "routes[0]: path: is missing"),
  Mistake("routes:\n  -", line: 2, "routes[0]: found nothing, expected path: with flag: or cohort:"),
  Mistake(
    "routes:\n  - {path: /, cohort: new}", line: 2, #"routes[0].cohort: found "new", expected legacy or unified"#),
  Mistake(
    "routes:\n  - {path: /, flag: A B}", line: 2,
    #"routes[0].flag: found "A B", expected a flag name: 1 to 128 of letters, digits and _ . : -"#),
  Mistake(
    "routes:\n  - {path: api, flag: F}", line: 2,
    #"routes[0].path: found "api", expected a path that begins with /, of at most 256 visible ASCII characters without ? and #"#
  ),
  Mistake("routes:\n  - {path: /, flag: F}\n  - {path: /, flag: G}", line: 3, "routes[1].path: / is routed already"),
  Mistake(
    "routes:\n  - {path: /a, flag: F}", line: 2,
    "routes: the route with path: / is missing; it takes what no other route takes"),
  Mistake(
    "routes: [" + (0..<33).map { "{path: /\($0 == 0 ? "" : "\($0)"), flag: F\($0)}" }.joined(separator: ", ") + "]",
    "routes: found 33 different flags, expected at most 32"),

  // user key
  Mistake("user_key: {sources: []}", "user_key.sources: found 0 sources, expected 1 to 8"),
  Mistake(
    "user_key: {sources: [{header: X-Forwarded-For}]}",
    #"user_key.sources[0].header: found "X-Forwarded-For", expected the name of a header field that tells users apart, such as X-User-Id; for the client's address use anonymous: address"#
  ),
  Mistake(
    "user_key: {sources: [{header: Host}]}",
    #"user_key.sources[0].header: found "Host", expected the name of a header field that tells users apart, such as X-User-Id; this field belongs to the connection or frames the message"#
  ),
  Mistake(
    "user_key: {sources: [{header: x-turnout-cohort}]}",
    #"user_key.sources[0].header: found "x-turnout-cohort", expected the name of a header field that tells users apart, such as X-User-Id; the proxy writes this field itself"#
  ),
  Mistake("user_key: {sources: [{heeder: X}]}", "user_key.sources[0].heeder: unknown key; did you mean header?"),
  Mistake(
    "user_key: {sources: [{header: A, cookie: B}]}",
    "user_key.sources[0]: found keys with values, expected one of header:, cookie:, query: or jwt_claim:"),
  Mistake("user_key: {sources: [{header: A}, {header: A}]}", "user_key.sources[1]: is the same as one before it"),
  Mistake("user_key: {anonymous: random}", #"user_key.anonymous: found "random", expected legacy, cookie or address"#),
  Mistake(
    "user_key: {anonymous_cookie: __Host-id}",
    #"user_key.anonymous_cookie: found "__Host-id", expected a cookie name: 1 to 64 letters, digits or !#$%&'*+-.^_`|~; browsers take this prefix only over TLS"#
  ),

  // what does not fit together
  Mistake("listen: [a:1, a:1]", "listen[1]: a:1 is listened on already"),
  Mistake("admin: 127.0.0.1:8080", "admin: 127.0.0.1:8080 is also an address of listen; it needs one of its own"),
  Mistake(
    "limits: {target_bytes: 17KiB}", "limits.target_bytes: found 17 KiB, expected at most head_bytes, which is 16 KiB"),
  Mistake(
    "limits: {buffer_bytes: 20KiB}",
    "limits.buffer_bytes: found 20 KiB, expected at least 24 KiB: 8 KiB more than head_bytes"),
]

private let notYAML: [(String, String)] = [
  (
    "listen: [::1]:8080",
    "1: not valid YAML at column 10: did not find expected node content while parsing a flow node that begins in line 1; an address in brackets needs quotes: \"[::1]:8080\""
  ),
  (
    "timeouts:\n\tconnect: 1s",
    "2: not valid YAML at column 1: found character that cannot start any token while scanning for the next token that begins in line 2; indent with spaces, not with tabs"
  ),
  ("admin: a:1\nadmin: a:2", "1: \"admin\" is given more than once in the same place, first here; keep one"),
  ("admin: a:1\n---\nlisten: a:2", "2: a second document begins here, expected one"),
  ("admin: *here", "1: not valid YAML at column 8: found undefined alias"),
  ("flags: \u{1}", "1: not valid YAML: control characters are not allowed"),
]
