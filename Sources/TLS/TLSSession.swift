internal import COpenSSL

/// The result of one step of an encrypted connection. After `.closed` and `.failed` there is no further step.
package enum TLSStep: Equatable, Sendable {
  /// The handshake is complete, or so many bytes were read or written, at least one.
  case done(Int)
  /// Take the same step again when the descriptor is readable.
  case wantsRead
  /// Take the same step again when the descriptor is writable; reading may want this too.
  case wantsWrite
  case closed
  case failed(TLSError)
}

/// The client's side of one encrypted connection over a connected descriptor that does not block. It closes nothing:
/// the descriptor outlives it and is its owner's.
@safe package struct TLSSession: ~Copyable, Sendable {
  /// Only its one owner reaches it, and every call is mutating.
  nonisolated(unsafe) private let pointer: OpaquePointer
  private let host: String

  /// `host` is the name or literal address that the certificate must be made out for. A name is also sent to the peer,
  /// which may choose its certificate by it.
  package init(_ context: TLSClientContext, descriptor: Int32, host: String) throws(TLSError) {
    ErrorQueue.clear()
    guard let pointer = unsafe SSL_new(context.pointer) else {
      throw .setup(reason: ErrorQueue.reason(or: "out of memory"))
    }
    do throws(TLSError) { try unsafe Self.prepare(pointer, descriptor, host) } catch {
      unsafe SSL_free(pointer)
      throw error
    }
    unsafe self.pointer = unsafe pointer
    self.host = host
  }

  deinit { unsafe SSL_free(pointer) }

  private static func prepare(
    _ pointer: OpaquePointer, _ descriptor: Int32, _ host: String
  ) throws(TLSError) {
    guard let access = unsafe SocketMethod.make(descriptor) else { throw .setup(reason: "out of memory") }
    unsafe SSL_set_bio(pointer, access, access)
    unsafe SSL_set_connect_state(pointer)
    if unsafe X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(pointer), host) == 1 { return }
    var name = host.utf8CString
    let isSent = unsafe name.withUnsafeMutableBytes {
      unsafe SSL_ctrl(pointer, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name), $0.baseAddress) == 1
    }
    guard isSent, unsafe SSL_set1_host(pointer, host) == 1 else {
      throw .setup(reason: "\"\(host)\" is no host name that a certificate can be for")
    }
  }

  /// `.done(0)` when both sides have agreed and the peer is trusted.
  package mutating func handshake() -> TLSStep {
    ErrorQueue.clear()
    let result = unsafe SSL_do_handshake(pointer)
    if result == 1 { return .done(0) }
    return outcome(of: result) { reason in
      let verdict = unsafe SSL_get_verify_result(pointer)
      guard verdict != X509_V_OK, let text = unsafe X509_verify_cert_error_string(verdict) else {
        return .handshake(reason: reason)
      }
      return .untrusted(host: host, reason: unsafe String(cString: text))
    }
  }

  /// Reads once into `bytes`, which is not empty, from its start. Before waiting for the descriptor, read until
  /// `.wantsRead`: what was decrypted already makes no descriptor readable.
  package mutating func read(into bytes: inout [UInt8]) -> TLSStep {
    ErrorQueue.clear()
    var count = 0
    let result = unsafe bytes.withUnsafeMutableBytes {
      unsafe SSL_read_ex(pointer, $0.baseAddress, $0.count, &count)
    }
    return result == 1 ? .done(count) : outcome(of: result) { .connection(reason: $0) }
  }

  /// Writes once as much of `bytes`, which is not empty, as the connection takes.
  package mutating func write(_ bytes: RawSpan) -> TLSStep {
    ErrorQueue.clear()
    var count = 0
    let result = unsafe bytes.withUnsafeBytes {
      unsafe SSL_write_ex(pointer, $0.baseAddress, $0.count, &count)
    }
    return result == 1 ? .done(count) : outcome(of: result) { .connection(reason: $0) }
  }

  private func outcome(of result: Int32, error: (String) -> TLSError) -> TLSStep {
    switch unsafe SSL_get_error(pointer, result) {
    case SSL_ERROR_WANT_READ: .wantsRead
    case SSL_ERROR_WANT_WRITE: .wantsWrite
    case SSL_ERROR_ZERO_RETURN, SSL_ERROR_SYSCALL: .closed
    case SSL_ERROR_SSL where ErrorQueue.isUnexpectedEnd: .closed
    default: .failed(error(ErrorQueue.reason(or: "the peer broke the protocol")))
    }
  }
}
