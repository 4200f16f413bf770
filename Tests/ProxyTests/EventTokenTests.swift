import Testing

@testable import Proxy

@Suite struct EventTokenTests {
  @Test("A token says what it was made of, on its way through the kernel and back")
  func roundTrip() {
    for kind in [EventToken.Kind.client, .server, .listener, .wakeup] {
      for index in [0, 1, 16_383, Int(Int32.max), Int(UInt32.max)] {
        for serial in [0, 1, 0x3FFF_FFFF, UInt32.max] {
          let token = EventToken(EventToken(kind, index: index, serial: serial).raw)
          #expect(token.kind == kind.rawValue)
          #expect(token.index == index)
          #expect(token.matches(serial: serial))
          #expect(!token.matches(serial: serial &+ 1))
          #expect(!token.matches(serial: serial &- 1))
        }
      }
    }
  }

  @Test("Tokens of different kinds, slots and uses differ")
  func distinct() {
    var seen: Set<UInt64> = []
    for kind in [EventToken.Kind.client, .server, .listener, .wakeup] {
      for index in 0..<8 {
        for serial in UInt32(0)..<8 { seen.insert(EventToken(kind, index: index, serial: serial).raw) }
      }
    }
    #expect(seen.count == 4 * 8 * 8)
  }
}
