internal import Glibc

extension RawSpan {
  /// Whether `part` stands anywhere in these bytes. An empty part does not.
  public func contains(_ part: RawSpan) -> Bool {
    guard part.byteCount > 0, let base = unsafe baseAddress, let other = unsafe part.baseAddress else { return false }
    return unsafe memmem(base, byteCount, other, part.byteCount) != nil
  }
}
