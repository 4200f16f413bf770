import Glibc
import Synchronization

/// Ports of 127.0.0.1 for programs that must be told theirs. They lie below the range from which the kernel takes ports
/// for outgoing connections (32768 and up), so that a server that is down for a while finds its port free again. A process
/// gets no port twice.
package enum FreePort {
  private static let lowest = 10_000
  private static let count = 22_000
  private static let next = Atomic(Int.random(in: 0..<count))

  package static func take() throws -> UInt16 {
    for _ in 0..<count {
      let (number, _) = next.wrappingAdd(1, ordering: .relaxed)
      let port = UInt16(lowest + number % count)
      if isFree(port) { return port }
    }
    throw SetupError("no free port from \(lowest) to \(lowest + count - 1)")
  }

  private static func isFree(_ port: UInt16) -> Bool {
    let descriptor = socket(AF_INET, WireSocket.stream, 0)
    defer { close(descriptor) }
    return WireSocket.bindLoopback(descriptor, port: port) == 0
  }
}
