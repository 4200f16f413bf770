internal import Bytes

/// The field names that the proxy acts on or sets itself. All others are `other` and pass.
public enum FieldName: UInt8, Sendable, CaseIterable {
  case other, host, connection, contentLength, transferEncoding, te, trailer, upgrade, keepAlive, proxyConnection
  case proxyAuthenticate, proxyAuthorization, expect, via, date, maxForwards, forwardedFor, forwardedProto
  case forwardedHost, requestID, turnoutCohort, turnoutFlag, turnoutGeneration, turnoutCreated, turnoutContextError
  case authorization, cookie, traceparent, tracestate

  /// The bit of this name in a set of names. A 33rd name needs a wider set: a test counts them.
  var bit: UInt32 { @inline(__always) get { 1 &<< UInt32(rawValue) } }

  /// What concerns one connection only, and the framing, which is written anew (RFC 9110 7.6.1, RFC 9112 6).
  var isHopByHop: Bool {
    @inline(__always)
    get {
      let set =
        Self.connection.bit | Self.contentLength.bit | Self.transferEncoding.bit | Self.te.bit | Self.upgrade.bit
        | Self.keepAlive.bit | Self.proxyConnection.bit | Self.proxyAuthenticate.bit | Self.proxyAuthorization.bit
      return bit & set != 0
    }
  }

  /// The name that `range` of `bytes` reads in any case of letters: a switch on its length, then compares of words.
  /// The range holds no controls.
  init(_ bytes: RawSpan, _ range: ByteRange) {
    self = range.count < 13 ? Self.short(bytes, range) : Self.long(bytes, range)
  }

  @inline(__always)
  private static func short(_ bytes: RawSpan, _ range: ByteRange) -> FieldName {
    switch range.count {
    case 2: bytes.reads("te", at: range) ? .te : .other
    case 3: bytes.reads("via", at: range) ? .via : .other
    case 4: bytes.reads("host", at: range) ? .host : bytes.reads("date", at: range) ? .date : .other
    case 6: bytes.reads("cookie", at: range) ? .cookie : bytes.reads("expect", at: range) ? .expect : .other
    case 7: bytes.reads("trailer", at: range) ? .trailer : bytes.reads("upgrade", at: range) ? .upgrade : .other
    case 10:
      bytes.reads("connection", at: range)
        ? .connection
        : bytes.reads("keep-alive", at: range)
          ? .keepAlive : bytes.reads("tracestate", at: range) ? .tracestate : .other
    case 11: bytes.reads("traceparent", at: range) ? .traceparent : .other
    case 12:
      bytes.reads("max-forwards", at: range)
        ? .maxForwards : bytes.reads("x-request-id", at: range) ? .requestID : .other
    default: .other
    }
  }

  @inline(__always)
  private static func long(_ bytes: RawSpan, _ range: ByteRange) -> FieldName {
    switch range.count {
    case 13: bytes.reads("authorization", at: range) ? .authorization : .other
    case 14:
      bytes.reads("content-length", at: range)
        ? .contentLength : bytes.reads("x-turnout-flag", at: range) ? .turnoutFlag : .other
    case 15: bytes.reads("x-forwarded-for", at: range) ? .forwardedFor : .other
    case 16:
      bytes.reads("x-forwarded-host", at: range)
        ? .forwardedHost
        : bytes.reads("x-turnout-cohort", at: range)
          ? .turnoutCohort : bytes.reads("proxy-connection", at: range) ? .proxyConnection : .other
    case 17:
      bytes.reads("transfer-encoding", at: range)
        ? .transferEncoding
        : bytes.reads("x-forwarded-proto", at: range)
          ? .forwardedProto : bytes.reads("x-turnout-created", at: range) ? .turnoutCreated : .other
    case 18: bytes.reads("proxy-authenticate", at: range) ? .proxyAuthenticate : .other
    case 19: bytes.reads("proxy-authorization", at: range) ? .proxyAuthorization : .other
    case 20: bytes.reads("x-turnout-generation", at: range) ? .turnoutGeneration : .other
    case 23: bytes.reads("x-turnout-context-error", at: range) ? .turnoutContextError : .other
    default: .other
    }
  }
}
