internal import Bytes

/// The methods that something depends on; every other token is `other` and is forwarded as it is (RFC 9110 9.1).
public enum Method: UInt8, Sendable {
  case get, head, post, put, delete, options, trace, connect, patch, other

  /// Whether a request may be sent a second time without asking (RFC 9110 9.2.2).
  public var isIdempotent: Bool {
    @inline(__always)
    get {
      switch self {
      case .get, .head, .put, .delete, .options, .trace: true
      case .post, .connect, .patch, .other: false
      }
    }
  }

  /// Methods are case-sensitive: "get" is `other`.
  @inline(__always)
  init(_ bytes: RawSpan, _ text: ByteRange) {
    switch text.count {
    case 3:
      self = bytes.readsExactly("GET", at: text) ? .get : bytes.readsExactly("PUT", at: text) ? .put : .other
    case 4:
      self = bytes.readsExactly("POST", at: text) ? .post : bytes.readsExactly("HEAD", at: text) ? .head : .other
    case 5:
      self = bytes.readsExactly("PATCH", at: text) ? .patch : bytes.readsExactly("TRACE", at: text) ? .trace : .other
    case 6:
      self = bytes.readsExactly("DELETE", at: text) ? .delete : .other
    case 7:
      self =
        bytes.readsExactly("OPTIONS", at: text)
        ? .options : bytes.readsExactly("CONNECT", at: text) ? .connect : .other
    default: self = .other
    }
  }
}
