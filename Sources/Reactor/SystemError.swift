internal import CLinux
internal import Glibc

/// A system call that failed, with its errno.
public struct SystemError: Error, Equatable, CustomStringConvertible {
  public let code: Int32
  /// The call and what it was about, for people: "bind 127.0.0.1:8080".
  public let operation: String

  public init(_ operation: String, code: Int32) {
    self.operation = operation
    self.code = code
  }

  /// The errno of this thread, right after a call failed.
  public static func last(_ operation: String) -> SystemError { SystemError(operation, code: errno) }

  /// Descriptors, memory or local ports have run out: this machine's trouble, not the peer's.
  public var isExhaustion: Bool {
    switch code {
    case EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL: true
    default: false
    }
  }

  public var description: String {
    let reason = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    return "\(operation): \(reason)"
  }
}

/// Repeats a call that a signal interrupted; -1 stands for any other failure and errno tells which.
@inline(__always)
public func retryingInterrupted<Result: SignedInteger>(_ call: () -> Result) -> Result {
  while true {
    let result = call()
    if result != -1 || errno != EINTR { return result }
  }
}
