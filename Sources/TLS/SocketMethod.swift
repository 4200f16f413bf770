internal import COpenSSL
internal import Reactor

/// OpenSSL's access to a socket, except that writing to a connection that the peer has closed raises no SIGPIPE: a
/// library must not depend on what the program does with signals.
enum SocketMethod {
  /// BIO_TYPE_SOCKET as <openssl/bio.h> composes it: number 5, source and sink, with a descriptor.
  private static let type: Int32 = 5 | 0x0400 | 0x0100

  /// A BIO for `descriptor`, which stays the caller's to close; nil when there is no memory.
  static func make(_ descriptor: Int32) -> OpaquePointer? {
    guard let method = unsafe method, let access = unsafe BIO_new(method) else { return nil }
    _ = unsafe BIO_int_ctrl(access, BIO_C_SET_FD, Int(BIO_NOCLOSE), descriptor)
    return unsafe access
  }

  /// Made once and kept.
  nonisolated(unsafe) private static let method: OpaquePointer? = {
    guard let plain = unsafe BIO_s_socket(), let method = unsafe BIO_meth_new(type, "socket without SIGPIPE") else {
      return nil
    }
    _ = unsafe BIO_meth_set_create(method, BIO_meth_get_create(plain))
    _ = unsafe BIO_meth_set_destroy(method, BIO_meth_get_destroy(plain))
    _ = unsafe BIO_meth_set_ctrl(method, BIO_meth_get_ctrl(plain))
    _ = unsafe BIO_meth_set_read(method, BIO_meth_get_read(plain))
    _ = unsafe BIO_meth_set_write(method) { unsafe SocketMethod.write($0, $1, $2) }
    return unsafe method
  }()

  private static func write(_ access: OpaquePointer?, _ bytes: UnsafePointer<CChar>?, _ count: Int32) -> Int32 {
    guard let access = unsafe access, let bytes = unsafe bytes, count > 0 else { return 0 }
    unsafe BIO_clear_flags(access, BIO_FLAGS_READ | BIO_FLAGS_WRITE | BIO_FLAGS_IO_SPECIAL | BIO_FLAGS_SHOULD_RETRY)
    let descriptor = Int32(truncatingIfNeeded: unsafe BIO_ctrl(access, BIO_C_GET_FD, 0, nil))
    switch Socket.send(descriptor, bytes: unsafe RawSpan(_unsafeStart: bytes, byteCount: Int(count))) {
    case .moved(let sent): return Int32(truncatingIfNeeded: sent)
    case .wouldBlock: unsafe BIO_set_flags(access, BIO_FLAGS_WRITE | BIO_FLAGS_SHOULD_RETRY)
    case .ended, .failed: break
    }
    return -1
  }
}
