internal import CHiredis

/// Bytes in, replies out: hiredis' reader with a bound, so that no server can make us hold more than that of one reply.
///
/// After a fault there is no further reply.
@safe struct ReplyReader: ~Copyable, Sendable {
  enum Fault: Error, Equatable {
    case malformed(String)
    case tooLarge
  }

  /// The bound on one reply in bytes.
  let limit: Int
  /// How many bytes were fed that belong to no finished reply.
  private(set) var buffered = 0
  /// Only its one owner reaches it, and every call is mutating.
  nonisolated(unsafe) private let reader: UnsafeMutablePointer<redisReader>

  init(limit: Int) {
    self.limit = limit
    guard let reader = unsafe redisReaderCreateWithFunctions(ReplyObjects.functions) else {
      fatalError("out of memory for a reader of Redis' replies")
    }
    unsafe self.reader = unsafe reader
    unsafe reader.pointee.privdata = unsafe UnsafeMutableRawPointer(bitPattern: ReplyObjects.mostElements(limit))
  }

  deinit { unsafe redisReaderFree(reader) }

  mutating func feed(_ bytes: ArraySlice<UInt8>) throws(Fault) {
    buffered += bytes.count
    let result = unsafe bytes.withUnsafeBytes {
      unsafe redisReaderFeed(reader, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
    }
    if result != REDIS_OK { throw fault }
  }

  /// The next reply, or nil when more bytes are needed for it.
  mutating func next() throws(Fault) -> RedisReply? {
    var object: UnsafeMutableRawPointer?
    guard unsafe redisReaderGetReply(reader, &object) == REDIS_OK else { throw fault }
    guard let object = unsafe object else {
      if buffered > limit { throw .tooLarge }
      return nil
    }
    defer { unsafe freeReplyObject(object) }
    let rest = unsafe reader.pointee.len - reader.pointee.pos
    let size = buffered - rest
    buffered = rest
    if size > limit { throw .tooLarge }
    return unsafe ReplyObjects.reply(object.assumingMemoryBound(to: redisReply.self).pointee)
  }

  private var fault: Fault {
    if unsafe reader.pointee.err == REDIS_ERR_OOM { return .tooLarge }
    let text = unsafe withUnsafeBytes(of: reader.pointee.errstr) { unsafe Array($0.prefix { $0 != 0 }) }
    return .malformed(String(decoding: text, as: UTF8.self))
  }
}
