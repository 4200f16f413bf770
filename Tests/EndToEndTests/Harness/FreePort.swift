import Glibc
import Synchronization

/// Ports for programs that must be told theirs. Below the range from which the kernel takes ports for outgoing
/// connections, so that none of those can take it meanwhile; no port is given twice.
enum FreePort {
  private static let lowest = 12_000
  private static let count = 20_000
  private static let next = Atomic(Int.random(in: 0..<count))

  static func take() throws -> UInt16 {
    for _ in 0..<count {
      let (number, _) = next.wrappingAdd(1, ordering: .relaxed)
      let port = UInt16(lowest + number % count)
      if isFree(port) { return port }
    }
    throw HarnessError("no free port from \(lowest) on")
  }

  private static func isFree(_ port: UInt16) -> Bool {
    let descriptor = socket(AF_INET, WireSocket.stream, 0)
    defer { close(descriptor) }
    return WireSocket.bindLoopback(descriptor, port: port) == 0
  }
}
