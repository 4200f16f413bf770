import Foundation
import Glibc
import Synchronization
import TestSupport

/// A wire between a client and a server on this machine, which a test can hold: of what the server says, so many more
/// bytes pass on each connection, then none until it is let go.
final class Relay: Sendable {
  let port: UInt16
  private let target: UInt16
  private let listener: Int32
  /// Nil: all pass.
  private let allowance = Mutex<Int?>(nil)

  init(to target: UInt16) throws {
    self.target = target
    listener = socket(AF_INET, WireSocket.stream, 0)
    guard WireSocket.bindLoopback(listener, port: 0) == 0, listen(listener, 64) == 0 else {
      throw SetupError("cannot listen")
    }
    port = WireSocket.localPort(listener)
    let descriptor = listener
    Thread.detachNewThread { [weak self] in
      while let number = WireSocket.accept(from: descriptor) {
        guard let self else { return _ = Glibc.close(number) }
        self.connect(number)
      }
      Glibc.close(descriptor)
    }
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  func hold(after bytes: Int) { allowance.withLock { $0 = bytes } }

  func letGo() { allowance.withLock { $0 = nil } }

  private func connect(_ client: Int32) {
    let wire = Wire(client: client, server: socket(AF_INET, WireSocket.stream, 0))
    guard WireSocket.connectLoopback(wire.server, port: target) == 0 else { return }
    Thread.detachNewThread { wire.carry(from: wire.client, to: wire.server) { $0 } }
    Thread.detachNewThread { [weak self] in
      // How many bytes have passed since the wire is held.
      var passed = 0
      wire.carry(from: wire.server, to: wire.client) { count in
        guard let allowance = self?.allowance.withLock({ $0 }) else {
          passed = 0
          return count
        }
        let part = min(count, allowance - passed)
        passed += part
        return part
      }
    }
  }
}

/// Both ends of one connection. They are closed when nobody carries any more.
private final class Wire: Sendable {
  let client: Int32
  let server: Int32
  private let isOver = Atomic(false)

  init(client: Int32, server: Int32) {
    (self.client, self.server) = (client, server)
  }

  deinit {
    close(client)
    close(server)
  }

  /// `mayPass` tells how many of so many bytes may go on now.
  func carry(from source: Int32, to target: Int32, mayPass: (Int) -> Int) {
    while !isOver.load(ordering: .acquiring), case .bytes(let bytes) = WireSocket.receive(from: source, within: 60) {
      var rest = bytes[...]
      while !rest.isEmpty, !isOver.load(ordering: .acquiring) {
        let count = mayPass(rest.count)
        if count == 0 { pause(.milliseconds(5)) }
        guard WireSocket.send(Array(rest.prefix(count)), to: target) else { break }
        rest = rest.dropFirst(count)
      }
    }
    isOver.store(true, ordering: .releasing)
    shutdown(client, Int32(SHUT_RDWR))
    shutdown(server, Int32(SHUT_RDWR))
  }
}
