internal import Bytes

/// Whether a trailer field may be forwarded. Whoever reads it may merge it into the head, so nothing passes that frames,
/// routes, authenticates, conditions or describes the message (RFC 9110 6.5.1), and nothing that may name a user. What
/// is left are digests, timings, gRPC status and the like.
func isForwardedTrailer(_ bytes: RawSpan, _ field: Field) -> Bool {
  guard field.id == .other, !field.isDropped else { return false }
  switch ASCII.lowercased(bytes[field.name.start]) {
  case 0x61 /* a */: return !isForbiddenInA(bytes, field.name)
  case 0x63 /* c */: return !isForbiddenInC(bytes, field.name)
  case 0x78 /* x */: return !isForbiddenInX(bytes, field.name)
  default: return !isForbiddenElsewhere(bytes, field.name)
  }
}

private func isForbiddenInA(_ bytes: RawSpan, _ name: ByteRange) -> Bool {
  bytes.begins(with: "accept", at: name) || bytes.begins(with: "access-control-", at: name)
    || bytes.begins(with: "auth", at: name) || bytes.begins(with: "age", at: name)
    || bytes.begins(with: "allow", at: name)
}

private func isForbiddenInC(_ bytes: RawSpan, _ name: ByteRange) -> Bool {
  bytes.begins(with: "content-", at: name) || bytes.begins(with: "cookie", at: name)
    || bytes.begins(with: "cache-control", at: name) || bytes.begins(with: "client-", at: name)
    || bytes.begins(with: "connection", at: name) || bytes.begins(with: "cf-", at: name)
}

/// The prefixes under which proxies pass on who a user is and where a request came from.
private func isForbiddenInX(_ bytes: RawSpan, _ name: ByteRange) -> Bool {
  bytes.begins(with: "x-forwarded", at: name) || bytes.begins(with: "x-turnout-", at: name)
    || bytes.begins(with: "x-user", at: name) || bytes.begins(with: "x-auth", at: name)
    || bytes.begins(with: "x-real-", at: name) || bytes.begins(with: "x-original-", at: name)
    || bytes.begins(with: "x-client-", at: name) || bytes.begins(with: "x-remote-", at: name)
    || bytes.begins(with: "x-http-", at: name) || bytes.begins(with: "x-request-id", at: name)
    || bytes.begins(with: "x-session", at: name) || bytes.begins(with: "x-account", at: name)
    || bytes.begins(with: "x-cluster-client", at: name) || bytes.begins(with: "x-rewrite-", at: name)
}

private func isForbiddenElsewhere(_ bytes: RawSpan, _ name: ByteRange) -> Bool {
  bytes.begins(with: "proxy", at: name) || bytes.begins(with: "if-", at: name)
    || bytes.begins(with: "set-cookie", at: name) || bytes.begins(with: "sec-", at: name)
    || bytes.begins(with: "www-authenticate", at: name) || bytes.begins(with: "range", at: name)
    || bytes.begins(with: "forwarded", at: name) || bytes.begins(with: "true-client-", at: name)
    || bytes.begins(with: "remote-", at: name) || bytes.begins(with: "location", at: name)
    || bytes.begins(with: "pragma", at: name) || bytes.begins(with: "expires", at: name)
    || bytes.begins(with: "vary", at: name) || bytes.begins(with: "retry-after", at: name)
    || bytes.begins(with: "origin", at: name) || bytes.begins(with: "referer", at: name)
    || bytes.begins(with: "from", at: name) || bytes.begins(with: "user", at: name)
    || bytes.begins(with: "http2-settings", at: name) || bytes.begins(with: "status", at: name)
}
