internal import Bytes
internal import CLinux
internal import Glibc

extension Socket {
  /// Sends once as much of `bytes` as the socket takes.
  package static func send(_ number: Int32, bytes: RawSpan) -> Transfer {
    let count = retryingInterrupted {
      unsafe clinux_send(number, bytes.baseAddress, bytes.byteCount, Int32(MSG_NOSIGNAL))
    }
    if count >= 0 { return .moved(count) }
    return errno == EAGAIN ? .wouldBlock : .failed
  }

  /// Receives once into `bytes`, which is not empty, from its start.
  package static func receive(_ number: Int32, into bytes: inout [UInt8]) -> Transfer {
    let count = retryingInterrupted {
      unsafe bytes.withUnsafeMutableBytes { unsafe clinux_recv(number, $0.baseAddress, $0.count, 0) }
    }
    if count > 0 { return .moved(count) }
    if count == 0 { return .ended }
    return errno == EAGAIN ? .wouldBlock : .failed
  }
}
