import Dispatch
import Foundation

/// Runs each body on a thread of its own and waits for all: readers may spin until the writer is done, which tasks on a
/// shared pool must not.
func onThreads(_ bodies: [@Sendable () -> Void]) {
  let group = DispatchGroup()
  for body in bodies {
    group.enter()
    Thread {
      body()
      group.leave()
    }.start()
  }
  group.wait()
}
