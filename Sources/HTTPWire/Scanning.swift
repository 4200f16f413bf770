internal import Bytes

/// What stands at the place where a scan stopped.
enum Stop {
  /// Nothing yet, or a CR whose next byte has not come.
  case pending
  case lineEnd
  case bareCarriageReturn
  case bareLineFeed
  case control
  /// Any other byte that must not stand there.
  case visible
}

extension RawSpan {
  /// The eight bytes at `index`, which the caller has compared with `byteCount`.
  @inline(__always)
  fileprivate func word(uncheckedAt index: Int) -> UInt64 {
    unsafe UInt64(littleEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self))
  }

  @inline(__always)
  fileprivate func byte(uncheckedAt index: Int) -> UInt8 {
    unsafe unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
  }

  @inline(__always)
  func word(at index: Int) -> UInt64 {
    unsafe UInt64(littleEndian: unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
  }

  @inline(__always)
  func halfWord(at index: Int) -> UInt32 {
    unsafe UInt32(littleEndian: unsafeLoadUnaligned(fromByteOffset: index, as: UInt32.self))
  }

  @inline(__always)
  func stop(at index: Int) -> Stop {
    guard index < byteCount else { return .pending }
    let byte = self[index]
    if byte == ASCII.carriageReturn {
      guard index &+ 1 < byteCount else { return .pending }
      return self[index &+ 1] == ASCII.lineFeed ? .lineEnd : .bareCarriageReturn
    }
    if byte == ASCII.lineFeed { return .bareLineFeed }
    return byte < 0x20 && byte != ASCII.tab || byte == 0x7F ? .control : .visible
  }

  /// The first index from `start` whose byte is no token character, at most `byteCount`. Whether an underscore was met
  /// on the way is noted, for the aliases.
  @inline(__always)
  func endOfToken(from start: Int, sawUnderscore: inout Bool) -> Int {
    var index = max(start, 0)
    while index < byteCount {
      if index &+ 8 <= byteCount {
        let stops = Lanes.nameStops(in: word(uncheckedAt: index))
        if stops == 0 {
          index &+= 8
          continue
        }
        index &+= Lanes.firstLane(stops)
      }
      let byte = byte(uncheckedAt: index)
      if byte == ASCII.colon || !ASCII.isToken(byte) { return index }
      if byte == ASCII.underscore { sawUnderscore = true }
      index &+= 1
    }
    return index
  }

  /// The first index from `start` whose byte is a control other than HTAB, at most `byteCount`.
  @inline(__always)
  func endOfText(from start: Int) -> Int {
    var index = max(start, 0)
    while index < byteCount {
      if index &+ 8 <= byteCount {
        let stops = Lanes.controls(in: word(uncheckedAt: index))
        if stops == 0 {
          index &+= 8
          continue
        }
        index &+= Lanes.firstLane(stops)
      }
      let byte = byte(uncheckedAt: index)
      if byte < 0x20 && byte != ASCII.tab || byte == 0x7F { return index }
      index &+= 1
    }
    return index
  }

  /// The first index from `start` whose byte is `mark` or cannot stand in a target, at most `end`.
  @inline(__always)
  func endOfTarget(from start: Int, to end: Int, mark: UInt8) -> Int {
    var index = max(start, 0)
    let end = min(end, byteCount)
    while index &+ 8 <= end {
      let word = word(uncheckedAt: index)
      let stops = Lanes.targetStops(in: word) | Lanes.equal(to: mark, in: word)
      if stops != 0 { return index &+ Lanes.firstLane(stops) }
      index &+= 8
    }
    while index < end {
      let byte = byte(uncheckedAt: index)
      if byte < 0x21 || byte > 0x7E || byte == 0x23 || byte == mark { return index }
      index &+= 1
    }
    return index
  }

  /// `start` to `end` without the white space on both sides (OWS, RFC 9110 5.6.3).
  @inline(__always)
  func trimmed(from start: Int, to end: Int) -> ByteRange {
    var lower = start
    var upper = end
    while lower < upper, ASCII.isWhitespace(self[lower]) { lower &+= 1 }
    while lower < upper, ASCII.isWhitespace(self[upper &- 1]) { upper &-= 1 }
    return ByteRange(at: lower, upTo: upper)
  }
}

extension ByteRange {
  /// `start` up to, not including, `end`, both within a head or line, whose size is clamped far below 4 GiB.
  @inline(__always)
  init(at start: Int, upTo end: Int) {
    self.init(offset: UInt32(truncatingIfNeeded: start), length: UInt32(truncatingIfNeeded: end &- start))
  }
}
