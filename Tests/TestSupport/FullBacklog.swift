import Glibc

/// A listener that nobody accepts from and whose queue is full: who connects to it waits.
package final class FullBacklog {
  package let port: UInt16
  private var descriptors: [Int32]

  package init() throws {
    let listener = socket(AF_INET, WireSocket.stream, 0)
    guard WireSocket.bindLoopback(listener, port: 0) == 0, listen(listener, 0) == 0 else {
      throw SetupError("cannot listen")
    }
    let port = WireSocket.localPort(listener)
    self.port = port
    descriptors = [listener]
    for _ in 0..<4 {
      let number = socket(AF_INET, WireSocket.stream, 0)
      _ = fcntl(number, F_SETFL, O_NONBLOCK)
      _ = WireSocket.connectLoopback(number, port: port)
      descriptors.append(number)
    }
  }

  deinit { for number in descriptors { close(number) } }
}
