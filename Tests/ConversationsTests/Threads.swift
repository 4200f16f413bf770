import Foundation
import Synchronization

/// Threads of a test; what they throw comes out at the join.
final class Threads: Sendable {
  private let group = DispatchGroup()
  private let fault = Mutex<(any Error)?>(nil)

  func start(_ body: @escaping @Sendable () throws -> Void) {
    group.enter()
    Thread.detachNewThread { [self] in
      do { try body() } catch { fault.withLock { $0 = error } }
      group.leave()
    }
  }

  func join() throws {
    group.wait()
    if let fault = fault.withLock({ $0 }) { throw fault }
  }
}
