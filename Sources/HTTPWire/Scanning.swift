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
  @inline(__always)
  func word(at index: Int) -> UInt64 {
    unsafe UInt64(littleEndian: unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
  }

  @inline(__always)
  func halfWord(at index: Int) -> UInt32 {
    unsafe UInt32(littleEndian: unsafeLoadUnaligned(fromByteOffset: index, as: UInt32.self))
  }

  @inline(__always)
  func stop(at index: Int, to end: Int) -> Stop {
    guard index < end else { return .pending }
    let byte = self[index]
    if byte == ASCII.carriageReturn {
      guard index &+ 1 < end else { return .pending }
      return self[index &+ 1] == ASCII.lineFeed ? .lineEnd : .bareCarriageReturn
    }
    if byte == ASCII.lineFeed { return .bareLineFeed }
    return byte < 0x20 && byte != ASCII.tab || byte == 0x7F ? .control : .visible
  }

  /// The first index from `start` whose byte is no token character, at most `end`. Whether an underscore was met on
  /// the way is noted, for the aliases.
  @inline(__always)
  func endOfToken(from start: Int, to end: Int, sawUnderscore: inout Bool) -> Int {
    var index = start
    while index < end {
      if index &+ 8 <= end {
        let stops = Lanes.nameStops(in: word(at: index))
        if stops == 0 {
          index &+= 8
          continue
        }
        index &+= Lanes.firstLane(stops)
      }
      guard ASCII.isToken(self[index]) else { return index }
      if self[index] == ASCII.underscore { sawUnderscore = true }
      index &+= 1
    }
    return index
  }

  /// The first index from `start` whose byte is a control other than HTAB, at most `end`.
  @inline(__always)
  func endOfText(from start: Int, to end: Int) -> Int {
    var index = start
    while index < end {
      if index &+ 8 <= end {
        let stops = Lanes.controls(in: word(at: index))
        if stops == 0 {
          index &+= 8
          continue
        }
        index &+= Lanes.firstLane(stops)
      }
      let byte = self[index]
      if byte < 0x20 && byte != ASCII.tab || byte == 0x7F { return index }
      index &+= 1
    }
    return index
  }

  /// The first index from `start` whose byte is `mark` or cannot stand in a target, at most `end`.
  @inline(__always)
  func endOfTarget(from start: Int, to end: Int, mark: UInt8) -> Int {
    var index = start
    while index &+ 8 <= end {
      let word = word(at: index)
      let stops = Lanes.targetStops(in: word) | Lanes.equal(to: mark, in: word)
      if stops != 0 { return index &+ Lanes.firstLane(stops) }
      index &+= 8
    }
    while index < end {
      let byte = self[index]
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
    return ByteRange(from: lower, to: upper)
  }
}
