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
}
