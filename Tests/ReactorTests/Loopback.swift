import Bytes
import Glibc
import Reactor
import Testing

/// Two ends of a TCP connection over 127.0.0.1, and stream buffers to read into. Whoever closes an end with `close...`
/// does so once; the rest is closed with the loopback.
final class Loopback {
  let client: Int32
  let server: Int32
  let peer: PeerAddress
  private var open: Set<Int32>

  init() throws {
    let listener = try Listener(host: "127.0.0.1", port: 0, isShared: false)
    client = try Socket.connect(to: try .resolve(host: "127.0.0.1", port: listener.port))
    try #require(isReady(listener.descriptor.number, POLLIN))
    (server, peer) = try #require(Socket.accept(listener.descriptor.number))
    open = [client, server]
  }

  deinit { for number in open { Socket.close(number) } }

  func close(_ number: Int32) {
    if open.remove(number) != nil { Socket.close(number) }
  }

  func reset(_ number: Int32) {
    if open.remove(number) != nil { Socket.reset(number) }
  }
}

/// POLLRDHUP of <poll.h>, where it stands behind _GNU_SOURCE: the peer will send no more.
let peerEnded: Int32 = 0x2000

/// Waits until `number` is ready for what `events` names. False after five seconds.
func isReady(_ number: Int32, _ events: Int32) -> Bool {
  var entry = pollfd(fd: number, events: Int16(events), revents: 0)
  return poll(&entry, 1, 5_000) == 1
}

/// One read into a buffer of `capacity` bytes, and what stands in it then.
func received(_ number: Int32, capacity: Int = 64) -> (Transfer, String) {
  var buffer = StreamBuffer(capacity: capacity, headroom: 0)
  let transfer = Socket.receive(number, into: &buffer)
  return (transfer, string(buffer.received))
}

func sent(_ number: Int32, _ text: String) -> Transfer { Socket.send(number, bytes: Array(text.utf8).span.bytes) }
