internal import COpenSSL

/// What the connections of a client have in common: whom to trust, and the oldest version (1.2).
///
/// Every certificate is verified up to a trusted authority and against the host that is connected to; there is no way
/// to leave that out. Made once and shared by threads; reading the authorities takes a few milliseconds.
@safe package final class TLSClientContext: Sendable {
  /// OpenSSL counts the references itself and changes nothing in it after the set-up.
  nonisolated(unsafe) let pointer: OpaquePointer

  /// Trusts the authorities in the PEM file `authorities`, or those of the system when it is nil.
  package init(authorities: String? = nil) throws(TLSError) {
    ErrorQueue.clear()
    guard let pointer = unsafe SSL_CTX_new(TLS_client_method()) else {
      throw .setup(reason: ErrorQueue.reason(or: "out of memory"))
    }
    unsafe self.pointer = unsafe pointer
    guard unsafe SSL_CTX_ctrl(pointer, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil) == 1 else {
      throw .setup(reason: ErrorQueue.reason(or: "TLS 1.2 is not available"))
    }
    // A write that was postponed goes on with whatever is left then, from wherever that is.
    let mode = SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
    _ = unsafe SSL_CTX_ctrl(pointer, SSL_CTRL_MODE, Int(mode), nil)
    unsafe SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
    try trust(authorities)
  }

  deinit { unsafe SSL_CTX_free(pointer) }

  private func trust(_ authorities: String?) throws(TLSError) {
    guard let path = authorities else {
      guard unsafe SSL_CTX_set_default_verify_paths(pointer) == 1 else {
        throw .setup(reason: ErrorQueue.reason(or: "no authorities of the system"))
      }
      return
    }
    guard unsafe SSL_CTX_load_verify_locations(pointer, path, nil) == 1 else {
      throw .authorities(path: path, reason: ErrorQueue.reason(or: "there is no certificate in it"))
    }
  }
}
