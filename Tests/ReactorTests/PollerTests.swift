import Glibc
import Reactor
import Testing

@Suite struct PollerTests {
  @Test("An edge is told once, with its token, and again when more arrives")
  func edges() throws {
    let loopback = try Loopback()
    let poller = try Poller()
    #expect(poller.addEdgeTriggered(loopback.server, token: 0xFEDC_BA98_7654_3210) == true)
    #expect(poller.wait(milliseconds: 5_000) == 1)
    let writable = poller.readiness(0)
    #expect(writable.token == 0xFEDC_BA98_7654_3210)
    #expect(writable.isWritable)
    #expect(!writable.isReadable)
    #expect(poller.wait(milliseconds: 0) == 0)
    for _ in 0..<2 {
      #expect(sent(loopback.client, "x") == .moved(1))
      #expect(poller.wait(milliseconds: 5_000) == 1)
      let readable = poller.readiness(0)
      #expect(readable.isReadable)
      #expect(!readable.hasEnded)
      #expect(!readable.hasFailed)
      #expect(poller.wait(milliseconds: 0) == 0)
    }
  }

  @Test("A level is told at every wait until it is gone")
  func levels() throws {
    let loopback = try Loopback()
    let poller = try Poller()
    #expect(poller.addLevelTriggered(loopback.server, token: 7) == true)
    #expect(poller.wait(milliseconds: 0) == 0)
    #expect(sent(loopback.client, "x") == .moved(1))
    #expect(poller.wait(milliseconds: 5_000) == 1)
    #expect(poller.wait(milliseconds: 5_000) == 1)
    #expect(poller.readiness(0).token == 7)
    #expect(received(loopback.server) == (.moved(1), "x"))
    #expect(poller.wait(milliseconds: 0) == 0)
  }

  @Test("The end of a peer's bytes is an end, a reset is a failure")
  func endings() throws {
    let loopback = try Loopback()
    let poller = try Poller()
    Socket.shutdownSending(loopback.client)
    #expect(isReady(loopback.server, peerEnded))
    #expect(poller.addEdgeTriggered(loopback.server, token: 1) == true)
    #expect(poller.wait(milliseconds: 5_000) == 1)
    let ended = poller.readiness(0)
    #expect(ended.hasEnded)
    #expect(ended.isReadable)
    #expect(ended.isWritable)
    #expect(!ended.hasFailed)
    loopback.reset(loopback.client)
    #expect(poller.wait(milliseconds: 5_000) == 1)
    #expect(poller.readiness(0).hasFailed)
    #expect(poller.readiness(0).hasEnded)
  }

  @Test("What was removed is not told of any more, and can be added again")
  func removing() throws {
    let loopback = try Loopback()
    let poller = try Poller()
    #expect(sent(loopback.client, "x") == .moved(1))
    #expect(isReady(loopback.server, POLLIN))
    #expect(poller.addLevelTriggered(loopback.server, token: 1) == true)
    #expect(poller.addLevelTriggered(loopback.server, token: 2) == false)
    poller.remove(loopback.server)
    #expect(poller.wait(milliseconds: 0) == 0)
    #expect(poller.addLevelTriggered(loopback.server, token: 3) == true)
    #expect(poller.wait(milliseconds: 0) == 1)
    #expect(poller.readiness(0).token == 3)
  }

  @Test("A wait returns at most as many events as there is room for; the others come at the next")
  func capacity() throws {
    let poller = try Poller(capacity: 2)
    let wakeups = try (0..<3).map { _ in try Wakeup() }
    for (token, wakeup) in wakeups.enumerated() {
      wakeup.wake()
      #expect(poller.addEdgeTriggered(wakeup.descriptor.number, token: UInt64(token)) == true)
    }
    var tokens: Set<UInt64> = []
    for expected in [2, 1, 0] {
      let count = poller.wait(milliseconds: 0)
      #expect(count == expected)
      for index in 0..<count { tokens.insert(poller.readiness(index).token) }
    }
    #expect(tokens == [0, 1, 2])
  }

  @Test("A number that is no descriptor is not added")
  func noDescriptor() throws {
    let poller = try Poller()
    #expect(poller.addEdgeTriggered(-1, token: 0) == false)
    #expect(poller.addLevelTriggered(-1, token: 0) == false)
  }
}
