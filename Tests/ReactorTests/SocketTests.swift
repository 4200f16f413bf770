import Bytes
import Glibc
import Testing

@testable import Reactor

@Suite struct SocketTests {
  @Test("Bytes arrive as they were sent, and a peer has an address")
  func transfer() throws {
    let loopback = try Loopback()
    #expect(string(loopback.peer.bytes) == "127.0.0.1")
    #expect(isReady(loopback.client, POLLOUT))
    #expect(Socket.isConnected(loopback.client))
    #expect(sent(loopback.client, "hello") == .moved(5))
    #expect(isReady(loopback.server, POLLIN))
    #expect(received(loopback.server) == (.moved(5), "hello"))
    #expect(received(loopback.server) == (.wouldBlock, ""))
  }

  @Test("A read takes what fits, the rest stays")
  func smallBuffer() throws {
    let loopback = try Loopback()
    #expect(sent(loopback.client, "hello") == .moved(5))
    #expect(isReady(loopback.server, POLLIN))
    #expect(received(loopback.server, capacity: 3) == (.moved(3), "hel"))
    #expect(received(loopback.server, capacity: 3) == (.moved(2), "lo"))
  }

  @Test("What is ready in a buffer is sent, and counts as sent")
  func sendingFromBuffer() throws {
    let loopback = try Loopback()
    var buffer = StreamBuffer(capacity: 16, headroom: 0)
    let fits = buffer.receive(Array("ready.rest".utf8).span.bytes)
    buffer.passThrough(6)
    let transfer = Socket.send(loopback.client, from: &buffer)
    #expect(fits)
    #expect(transfer == .moved(6))
    #expect(buffer.readyCount == 0)
    #expect(buffer.receivedCount == 4)
    #expect(isReady(loopback.server, POLLIN))
    #expect(received(loopback.server) == (.moved(6), "ready."))
  }

  @Test("Writing to a peer that reads nothing would block in the end")
  func fullSocket() throws {
    let loopback = try Loopback()
    let chunk = [UInt8](repeating: 0, count: 1 << 20)
    var moved = 0
    var last = Transfer.moved(0)
    for _ in 0..<1_000 {
      last = Socket.send(loopback.client, bytes: chunk.span.bytes)
      guard case .moved(let count) = last else { break }
      moved += count
    }
    #expect(last == .wouldBlock)
    #expect(moved > 0)
  }

  @Test("A peer that has finished sending has ended, and can still be written to")
  func halfClose() throws {
    let loopback = try Loopback()
    #expect(sent(loopback.client, "last") == .moved(4))
    Socket.shutdownSending(loopback.client)
    #expect(isReady(loopback.server, peerEnded))
    #expect(received(loopback.server) == (.moved(4), "last"))
    #expect(received(loopback.server) == (.ended, ""))
    #expect(sent(loopback.server, "answer") == .moved(6))
    #expect(isReady(loopback.client, POLLIN))
    #expect(received(loopback.client) == (.moved(6), "answer"))
  }

  @Test("A closed peer has ended, a reset one has failed")
  func closeAndReset() throws {
    let closed = try Loopback()
    closed.close(closed.client)
    #expect(isReady(closed.server, POLLIN))
    #expect(received(closed.server) == (.ended, ""))
    let broken = try Loopback()
    broken.reset(broken.client)
    #expect(isReady(broken.server, POLLERR))
    #expect(received(broken.server) == (.failed, ""))
    #expect(sent(broken.server, "x") == .failed)
  }

  @Test("A connection is quiet until a byte or the end arrives, and asking takes nothing away")
  func quiet() throws {
    let talking = try Loopback()
    #expect(Socket.isQuiet(talking.server))
    #expect(sent(talking.client, "x") == .moved(1))
    #expect(isReady(talking.server, POLLIN))
    #expect(!Socket.isQuiet(talking.server))
    #expect(received(talking.server) == (.moved(1), "x"))
    #expect(Socket.isQuiet(talking.server))
    talking.close(talking.client)
    #expect(isReady(talking.server, POLLIN))
    #expect(!Socket.isQuiet(talking.server))
  }

  @Test("A connection to a port where nobody listens does not come to stand")
  func refused() throws {
    let number: Int32
    do {
      // tcpmux: a port that the kernel gives to nobody.
      number = try Socket.connect(to: try .resolve(host: "127.0.0.1", port: 1))
    } catch let error as SystemError {
      #expect(error.code == ECONNREFUSED)
      return
    }
    defer { Socket.close(number) }
    #expect(isReady(number, POLLOUT))
    #expect(Socket.connectError(number)?.code == ECONNREFUSED)
  }

  @Test("An attempt that failed is not connected")
  func failedAttempt() throws {
    let loopback = try Loopback()
    loopback.reset(loopback.server)
    #expect(isReady(loopback.client, POLLIN))
    #expect(!Socket.isConnected(loopback.client))
  }

  @Test("Nothing is accepted when nobody has come")
  func nobody() throws {
    let listener = try Listener(host: "127.0.0.1", port: 0, isShared: false)
    #expect(Socket.accept(listener.descriptor.number) == nil)
  }
}
