import Testing

@testable import Proxy

@Suite struct ConnectionSizeTests {
  @Test("What an idle connection holds: whoever makes it larger has to know")
  func slots() {
    #expect(MemoryLayout<ClientConnection>.stride <= 352)
    #expect(MemoryLayout<UpstreamConnection>.stride <= 32)
  }
}
