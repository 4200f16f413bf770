import Bytes
import HTTPWire
import Testing

@Suite struct TargetAndHostTests {
  @Test("1.1 without Host is refused, 1.0 without Host is not")
  func missing() throws {
    #expect(refusal("GET / HTTP/1.1\r\n\r\n") == .missingHost)
    #expect(refusal("GET http://a/ HTTP/1.1\r\n\r\n") == .missingHost)
    let old = try #require(try request("GET / HTTP/1.0", host: nil))
    #expect(old.head.host.isEmpty)
    #expect(!old.head.hasHostField)
  }

  @Test("Two Host lines are refused, even the same, in both versions", arguments: ["1.0", "1.1"])
  func repeated(version: String) {
    #expect(refusal("GET / HTTP/\(version)\r\nHost: a\r\nHost: a\r\n\r\n") == .repeatedHost)
    #expect(refusal("GET / HTTP/\(version)\r\nHost: a\r\nHOST: b\r\n\r\n") == .repeatedHost)
    #expect(refusal("GET http://a/ HTTP/\(version)\r\nHost: a\r\nHost:\r\n\r\n") == .repeatedHost)
  }

  @Test(
    "A host is a name or an address with an optional port",
    arguments: [
      "a", "a.example", "A.EXAMPLE:80", "a_b.example", "127.0.0.1:65535", "[::1]", "[2001:db8::1]:8080",
      "[::ffff:127.0.0.1]", "a%20b", "a:", "xn--bcher-kva.example:0", "a!$&'()*+;=~",
    ])
  func valid(host: String) throws {
    let parsed = try #require(try request(host: host))
    #expect(parsed.text(parsed.head.host) == host)
    let absolute = try #require(try request("GET http://\(host)/p HTTP/1.1", host: "b"))
    #expect(absolute.text(absolute.head.host) == host)
  }

  @Test(
    "A host with userinfo, path, comma, white space or a bad port is refused",
    arguments: [
      "user@a", "user:pass@a", "a/b", "a?b", "a#b", "a,b", "a b", "a\tb", ":80", "a:b", "a:80:80", "a:65536",
      "a:000080",
      "a:-1", "a:+1", "a%", "a%2", "a%zz", "[::1", "[]", "[::1]a", "[::1]:x", "::1", "a\\b", "a\"b", "<a>", "[a%25b]",
      "a\u{e9}", "a|b", "http://a", "a:99999999999999999999",
    ])
  func invalid(host: String) {
    #expect(refusal("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n") == .invalidHost)
    #expect(refusal("GET http://b/ HTTP/1.1\r\nHost: \(host)\r\n\r\n") == .invalidHost)
    #expect(RequestHeadError.invalidHost.status == 400)
  }

  @Test("An empty Host goes with a target without authority, not with one that has an authority")
  func empty() throws {
    let parsed = try #require(try request(host: ""))
    #expect(parsed.head.host.isEmpty)
    #expect(parsed.head.hasHostField)
    #expect(refusal("GET http://a/ HTTP/1.1\r\nHost: \r\n\r\n") == .invalidHost)
  }

  @Test(
    "An absolute-form target is forwarded in origin-form, and its authority replaces Host",
    arguments: [
      ("http://a.example/p/q?r=s", "a.example", "/p/q?r=s", "/p/q", "r=s"),
      ("HTTPS://a.example:8443/", "a.example:8443", "/", "/", ""),
      ("http://a.example", "a.example", "/", "", ""), ("http://a.example?x=/y", "a.example", "/?x=/y", "", "x=/y"),
      ("http://[::1]:80/?", "[::1]:80", "/?", "/", ""), ("http://a//b", "a", "//b", "//b", ""),
    ])
  func absolute(target: String, host: String, written: String, path: String, query: String) throws {
    let parsed = try #require(try request("GET \(target) HTTP/1.1", "X: y", host: "ignored.example"))
    #expect(parsed.head.isAbsoluteForm)
    #expect(parsed.head.hasHostField)
    #expect(parsed.text(parsed.head.host) == host)
    #expect(targetText(parsed) == written)
    #expect(parsed.text(parsed.head.path) == path)
    #expect(parsed.text(parsed.head.query) == query)
    #expect(parsed.dropped == ["Host"])
  }

  @Test(
    "A target in no form that the method allows is refused",
    arguments: [
      "GET *", "POST *", "OPTIONS *x", "OPTIONS **", "OPTIONS *?", "GET a.example", "GET a.example:80", "GET ?q",
      "GET ftp://a/", "GET http:/a", "GET http:a", "GET http://", "GET http:///p", "GET http://user@a/",
      "GET http://a:x/", "GET http://a,b/",
    ])
  func wrongForm(start: String) {
    #expect(refusal("\(start) HTTP/1.1\r\nHost: a\r\n\r\n") == .invalidTarget)
  }

  @Test("Only OPTIONS may ask for the server as a whole")
  func asterisk() throws {
    for target in ["*", "http://a.example"] {
      let parsed = try #require(try request("OPTIONS \(target) HTTP/1.1"))
      #expect(parsed.head.isAsterisk)
      #expect(targetText(parsed) == "*")
    }
    let path = try #require(try request("OPTIONS http://a.example/ HTTP/1.1"))
    #expect(!path.head.isAsterisk)
    #expect(targetText(path) == "/")
  }

  @Test("A target holds every visible ASCII byte but '#', and nothing else, path and query alike")
  func targetBytes() {
    for byte in UInt8.min...UInt8.max where byte != 0x20 {
      for start in ["/", "/abcdefgh", "/?", "/?abcdefghijk", "/abc?defgh"] {
        let bytes = Array("GET \(start)".utf8) + [byte] + Array("z HTTP/1.0\r\n\r\n".utf8)
        let isValid = byte > 0x20 && byte < 0x7F && byte != 0x23
        #expect((refusal(bytes) == nil) == isValid, "byte \(byte) behind \(start)")
      }
    }
  }

  @Test(
    "Path and query are forwarded as they came",
    arguments: ["/a//b/../c/./d", "/%2e%2E/%00?%0d%0a", "//x", "/a;b=c?d?e", "/?", "/a\\b|c^d\"<>{}`", "/?http://x/"])
  func unchanged(target: String) throws {
    let parsed = try #require(try request("GET \(target) HTTP/1.1"))
    #expect(targetText(parsed) == target)
  }

}
