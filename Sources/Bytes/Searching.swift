extension RawSpan {
  /// Whether `part` stands anywhere in these bytes. An empty part does not. For short texts: it tries every place.
  public func contains(_ part: RawSpan) -> Bool {
    guard part.byteCount > 0 else { return false }
    var start = 0
    while start &+ part.byteCount <= byteCount {
      if extracting(from: start, to: start &+ part.byteCount).equals(part) { return true }
      start &+= 1
    }
    return false
  }
}
