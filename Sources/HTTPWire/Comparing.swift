internal import Bytes

extension RawSpan {
  /// Whether `range` reads `text`, which is made of lower-case letters, digits and hyphens, in any case of letters.
  /// The bytes hold no controls: that has been checked before anything is compared.
  ///
  /// With a literal `text` this becomes a few compares of words with constants.
  @inline(__always)
  func reads(_ text: StaticString, at range: ByteRange) -> Bool {
    matches(text, at: range, foldedBy: Lanes.caseBits)
  }

  /// Whether `range` reads `text` byte by byte.
  @inline(__always)
  func readsExactly(_ text: StaticString, at range: ByteRange) -> Bool { matches(text, at: range, foldedBy: 0) }

  @inline(__always)
  private func matches(_ text: StaticString, at range: ByteRange, foldedBy bits: UInt64) -> Bool {
    let count = text.utf8CodeUnitCount
    guard range.count == count else { return false }
    let start = range.start
    let expected = unsafe UnsafeRawPointer(text.utf8Start)
    if count >= 8 {
      var index = 0
      while index &+ 8 < count {
        guard unsafe word(at: start &+ index) | bits == expected.word(at: index) else { return false }
        index &+= 8
      }
      return unsafe word(at: start &+ count &- 8) | bits == expected.word(at: count &- 8)
    }
    let half = UInt32(truncatingIfNeeded: bits)
    if count >= 4 {
      return unsafe halfWord(at: start) | half == expected.halfWord(at: 0)
        && halfWord(at: start &+ count &- 4) | half == expected.halfWord(at: count &- 4)
    }
    var index = 0
    while index < count {
      let byte = self[start &+ index] | UInt8(truncatingIfNeeded: bits)
      guard unsafe byte == expected.load(fromByteOffset: index, as: UInt8.self) else { return false }
      index &+= 1
    }
    return true
  }

  /// Whether both ranges of these bytes are the same but for the case of letters.
  func agree(_ first: ByteRange, _ second: ByteRange) -> Bool {
    guard first.length == second.length else { return false }
    var index = 0
    while index < first.count {
      let left = ASCII.lowercased(self[first.start &+ index])
      guard left == ASCII.lowercased(self[second.start &+ index]) else { return false }
      index &+= 1
    }
    return true
  }

  /// Whether `range` begins with `prefix`, which is in lower case, in any case of letters and with "_" read as "-".
  func begins(with prefix: StaticString, at range: ByteRange) -> Bool {
    guard range.count >= prefix.utf8CodeUnitCount else { return false }
    var index = 0
    while index < prefix.utf8CodeUnitCount {
      let byte = self[range.start &+ index]
      let folded = byte == ASCII.underscore ? ASCII.hyphen : ASCII.lowercased(byte)
      guard unsafe folded == prefix.utf8Start[index] else { return false }
      index &+= 1
    }
    return true
  }
}

extension UnsafeRawPointer {
  @inline(__always)
  fileprivate func word(at offset: Int) -> UInt64 {
    unsafe UInt64(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  @inline(__always)
  fileprivate func halfWord(at offset: Int) -> UInt32 {
    unsafe UInt32(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }
}
