import Foundation
import Glibc
import Synchronization

/// A server that does exactly what a test tells it, and keeps every byte it received.
///
/// The first connection plays the first script, the second the second, and so on; the last script is for all others.
package final class ScriptedUpstream: Sendable {
  package let port: UInt16
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

  package convenience init(_ scripts: [UpstreamStep]...) throws { try self.init(scripts: scripts) }

  package init(scripts: [[UpstreamStep]]) throws {
    listener = socket(AF_INET, WireSocket.stream, 0)
    WireSocket.set(SO_REUSEADDR, to: 1, of: listener)
    guard WireSocket.bindLoopback(listener, port: 0) == 0, listen(listener, 256) == 0 else {
      throw SetupError("cannot listen")
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
  package func stop() {
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
      case .pause(let seconds): pause(.seconds(seconds))
      case .wait(let gate): guard gate.wait() else { throw SetupError("a gate was never opened") }
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
  package var received: [[UInt8]] { state.withLock { $0.connections }.map(\.bytes) }

  package var connectionCount: Int { state.withLock { $0.connections.count } }

  /// The heads of the requests, in the order in which they came.
  package var requests: [WireHead] { state.withLock { $0.requests } }

  package var bodies: [WireBody] { state.withLock { $0.bodies } }

  /// Where a script broke off: the peer was gone, or a message was not whole.
  package var failures: [String] { state.withLock { $0.failures } }

  /// The only request that came, when its head is in.
  package func onlyRequest() throws -> WireHead {
    guard eventually({ !requests.isEmpty }), requests.count == 1 else {
      throw SetupError("\(requests.count) requests came, not one")
    }
    return requests[0]
  }

  /// Whether nothing at all was received.
  package var sawNothing: Bool { received.allSatisfy(\.isEmpty) }
}

/// What a scripted upstream does next on one connection.
package enum UpstreamStep: Sendable {
  /// Reads one request head, without its body.
  case head
  /// Reads one whole request.
  case request
  /// Reads so many bytes, whatever they are.
  case read(Int)
  case send(String)
  case sendBytes([UInt8])
  /// Sends so many bytes of no interest.
  case sendVolume(Int)
  /// Receives and drops so many bytes.
  case skipVolume(Int)
  case pause(Double)
  /// Waits until the test opens the gate.
  case wait(Gate)
  /// Closes only the sending side.
  case shutdown
  case close
  case reset
  /// Begins the script again: for a connection that is kept.
  case again
  /// Reads until the peer is gone, and answers nothing.
  case stall
}

extension [UpstreamStep] {
  /// Every request gets these bytes as its answer, on connections that are kept.
  package static func answering(_ answer: String) -> [UpstreamStep] { [.request, .send(answer), .again] }

  /// Every request gets an answer with this body.
  package static func saying(_ text: String) -> [UpstreamStep] {
    answering("HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)")
  }

  /// The first request of a connection gets these bytes; then the connection is left alone.
  package static func answeringOnce(_ answer: String) -> [UpstreamStep] { [.request, .send(answer), .stall] }
}

/// Holds a scripted upstream until the test says so.
package final class Gate: Sendable {
  private let isOpen = Atomic(false)

  package init() {}

  package func open() { isOpen.store(true, ordering: .releasing) }

  /// False when nobody opened it in time.
  package func wait(seconds: Double = 10) -> Bool {
    eventually(within: .seconds(seconds)) { isOpen.load(ordering: .acquiring) }
  }
}
