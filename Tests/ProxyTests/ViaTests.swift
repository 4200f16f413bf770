import Bytes
import Testing

@testable import Proxy

@Suite struct ViaTests {
  @Test(
    "A proxy has been passed when an element was received by it, and only then",
    arguments: [
      ("1.1 here", true), ("1.1 HERE", true), ("HTTP/1.1 here", true), ("1.0 there, 1.1 here", true),
      ("1.1 here,1.0 there", true), (" \t1.1 \t here \t, x", true), ("1.1 here (Turnout)", true), ("1.1 here(x)", true),
      ("1.1 a (b, c), 1.1 here", true), ("1.1 a (b (c, d), e), 1.1 here", true), ("1.1 a ), 1.1 here", true),
      ("", false), (",", false), ("here", false), ("1.1", false), ("1.1 here-2", false), ("1.1 where", false),
      ("1.1 there", false), ("1.1 here:8080", false), ("1.1 a here", false), ("1.1 a (1.1 here)", false),
      ("1.1 a (x, 1.1 here)", false), ("1.1 a (x, 1.1 here, y)", false), ("1.1 a (b (c), 1.1 here, d)", false),
      ("here 1.1", false), ("1.1, here", false),
    ] as [(String, Bool)])
  func passed(value: String, isPassed: Bool) {
    let (name, bytes) = (Array("here".utf8), Array(value.utf8))
    #expect(Via.contains(name.span.bytes, in: bytes.span.bytes) == isPassed)
  }
}
