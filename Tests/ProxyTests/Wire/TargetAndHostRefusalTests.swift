import TestSupport
import Testing

@Suite("A target or host that can be read in two ways is refused", .ownThread)
struct TargetAndHostRefusalTests {
  @Test(
    "Host is one valid authority",
    arguments: [
      Refusal(400, "no Host in 1.1", "GET / HTTP/1.1\r\n\r\n"),
      Refusal(400, "two Host lines", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
      Refusal(400, "the same Host twice", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
      Refusal(400, "two Host lines in 1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"),
      Refusal(400, "a comma", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"),
      Refusal(400, "userinfo", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"),
      Refusal(400, "a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
      Refusal(400, "a port that is no number", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n"),
      Refusal(400, "a port over 65535", "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n"),
      Refusal(400, "empty beside an authority", "GET http://a/ HTTP/1.1\r\nHost: \r\n\r\n"),
    ])
  func hosts(_ refusal: Refusal) throws { try refusal.expectRefused() }

  @Test(
    "A target has no fragment, space, control or byte above 0x7F",
    arguments: [
      Refusal(400, "a fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"),
      Refusal(400, "a space", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"),
      Refusal(400, "a byte above 0x7F", "GET /é HTTP/1.1\r\nHost: a\r\n\r\n"),
      Refusal(400, "DEL", "GET /\u{7F} HTTP/1.1\r\nHost: a\r\n\r\n"),
      Refusal(400, "* without OPTIONS", "GET * HTTP/1.1\r\nHost: a\r\n\r\n"),
      Refusal(400, "no slash in front", "GET a HTTP/1.1\r\nHost: a\r\n\r\n"),
      Refusal(400, "authority-form without CONNECT", "GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n"),
      Refusal(400, "userinfo in absolute-form", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
      Refusal(400, "absolute-form without authority", "GET http:///p HTTP/1.1\r\nHost: a\r\n\r\n"),
    ])
  func targets(_ refusal: Refusal) throws { try refusal.expectRefused() }
}
