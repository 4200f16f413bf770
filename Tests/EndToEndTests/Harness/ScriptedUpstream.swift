import Foundation
import Glibc
import Synchronization

/// A server that does exactly what a test tells it, and keeps every byte it received.
///
/// The first connection plays the first script, the second the second, and so on; the last script is for all others.
final class ScriptedUpstream: Sendable {
  let port: UInt16
  private let listener: Int32
  private let state = Mutex(State())

  private struct State {
    /// Not once the listener is closed: its number may be another test's by then.
    var isListening = true
    var connections: [Recording] = []
    var requests: [WireHead] = []
    var bodies: [WireBody] = []
    var failures: [String] = []
  }

  convenience init(_ scripts: [UpstreamStep]...) throws { try self.init(scripts: scripts) }

  init(scripts: [[UpstreamStep]]) throws {
    listener = socket(AF_INET, WireSocket.stream, 0)
    WireSocket.set(SO_REUSEADDR, to: 1, of: listener)
    guard WireSocket.bindLoopback(listener, port: 0) == 0, listen(listener, 256) == 0 else {
      throw HarnessError("cannot listen")
    }
    self.port = WireSocket.localPort(listener)
    let descriptor = listener
    Thread.detachNewThread { [weak self] in
      while let number = WireSocket.accept(from: descriptor) {
        guard let self else { return _ = Glibc.close(number) }
        self.play(number, scripts)
      }
      self?.state.withLock { $0.isListening = false }
      Glibc.close(descriptor)
    }
  }

  deinit { stop() }

  /// Refuses connections from now on; the thread that accepts closes the listener.
  func stop() {
    state.withLock { state in
      guard state.isListening else { return }
      state.isListening = false
      shutdown(listener, Int32(SHUT_RDWR))
    }
  }

  private func play(_ descriptor: Int32, _ scripts: [[UpstreamStep]]) {
    let recording = Recording()
    let number = state.withLock { state in
      state.connections.append(recording)
      return state.connections.count - 1
    }
    let script = scripts[min(number, scripts.count - 1)]
    Thread.detachNewThread { [weak self] in
      let connection = WireConnection(descriptor, recording: recording)
      do { while let self, try self.perform(script, on: connection) {} } catch {
        self?.state.withLock { $0.failures.append("\(error)") }
      }
    }
  }

  /// True: once more.
  private func perform(_ script: [UpstreamStep], on connection: WireConnection) throws -> Bool {
    for step in script {
      switch step {
      case .head:
        guard let head = try connection.readHead() else { return false }
        state.withLock { $0.requests.append(head) }
      case .request:
        guard let head = try connection.readHead() else { return false }
        state.withLock { $0.requests.append(head) }
        let body = try connection.readBody(.request(head))
        state.withLock { $0.bodies.append(body) }
      case .read(let count): _ = try connection.read(count)
      case .send(let text): try connection.send(text)
      case .sendBytes(let bytes): try connection.send(bytes: bytes)
      case .sendVolume(let count): try connection.sendVolume(count)
      case .skipVolume(let count): try connection.skipVolume(count)
      case .pause(let seconds): pause(seconds)
      case .wait(let gate): guard gate.wait() else { throw HarnessError("a gate was never opened") }
      case .shutdown: connection.shutdownSending()
      case .close: return false
      case .reset:
        connection.resetNow()
        return false
      case .again: return true
      case .stall:
        connection.patience = 60
        _ = connection.readToEnd()
        return false
      }
    }
    return false
  }

  // MARK: What it saw

  /// All bytes of each connection, in the order in which the connections came.
  var received: [[UInt8]] { state.withLock { $0.connections }.map(\.bytes) }

  var connectionCount: Int { state.withLock { $0.connections.count } }

  /// The heads of the requests, in the order in which they came.
  var requests: [WireHead] { state.withLock { $0.requests } }

  var bodies: [WireBody] { state.withLock { $0.bodies } }

  /// Where a script broke off: the peer was gone, or a message was not whole.
  var failures: [String] { state.withLock { $0.failures } }

  /// The only request that came, when its head is in.
  func onlyRequest() throws -> WireHead {
    guard eventually({ !requests.isEmpty }), requests.count == 1 else {
      throw HarnessError("\(requests.count) requests came, not one")
    }
    return requests[0]
  }

  /// Whether nothing at all was received.
  var sawNothing: Bool { received.allSatisfy(\.isEmpty) }
}
