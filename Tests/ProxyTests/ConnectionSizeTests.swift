import Testing

@testable import Proxy

@Suite struct ConnectionSizeTests {
  @Test("An idle connection stays small")
  func slots() {
    #expect(MemoryLayout<ClientConnection>.stride <= 352)
    #expect(MemoryLayout<ServerConnection>.stride <= 32)
  }
}
