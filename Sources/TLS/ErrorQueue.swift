internal import COpenSSL
internal import Glibc

/// OpenSSL's queue of errors of this thread.
enum ErrorQueue {
  /// Before each call whose outcome `SSL_get_error` is to tell, which otherwise reports an earlier one's error.
  static func clear() { ERR_clear_error() }

  /// The reason of the first error, which is the cause of the others, or `fallback` when there is none.
  static func reason(or fallback: String) -> String {
    let code = ERR_peek_error()
    if let text = unsafe ERR_reason_error_string(code) { return unsafe String(cString: text) }
    // The reason of a system call is its errno.
    guard code != 0, ERR_GET_LIB(code) == ERR_LIB_SYS, let text = unsafe strerror(ERR_GET_REASON(code)) else {
      return fallback
    }
    return unsafe String(cString: text)
  }

  /// The peer has closed the connection without saying so in TLS first.
  static var isUnexpectedEnd: Bool { ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING }
}
