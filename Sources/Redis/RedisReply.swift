internal import CHiredis

/// A reply in RESP2 (https://redis.io/docs/latest/develop/reference/protocol-spec/).
package enum RedisReply: Sendable, Equatable {
  /// A short text such as `OK`.
  case status(String)
  /// A value: any bytes.
  case bytes([UInt8])
  case integer(Int)
  /// No such key, field or member; an empty array is `.array([])`.
  case null
  case array([RedisReply])
  /// An error with its code in front, for instance `ERR unknown command`.
  case error(String)

  /// A status or a value as text; bytes that are no UTF-8 become replacement characters.
  package var text: String? {
    switch self {
    case .status(let text): text
    case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
    case .integer, .null, .array, .error: nil
    }
  }

  /// The bytes of a value.
  package var value: [UInt8]? { if case .bytes(let bytes) = self { bytes } else { nil } }

  /// An integer, or a value in decimal: Redis stores numbers as text in strings and hashes.
  package var integer: Int? {
    switch self {
    case .integer(let number): number
    case .bytes, .status: text.flatMap { Int($0) }
    case .null, .array, .error: nil
    }
  }

  package var elements: [RedisReply]? { if case .array(let elements) = self { elements } else { nil } }

  /// The text of an error reply.
  package var failure: String? { if case .error(let text) = self { text } else { nil } }

  package var isNull: Bool { self == .null }

  /// Alternating names and values, as HGETALL, XINFO and CONFIG GET return them; nil for anything else. The later of two
  /// equal names counts.
  package var pairs: [String: RedisReply]? {
    guard let elements, elements.count.isMultiple(of: 2) else { return nil }
    var pairs: [String: RedisReply] = [:]
    for index in stride(from: 0, to: elements.count, by: 2) {
      guard let name = elements[index].text else { return nil }
      pairs[name] = elements[index + 1]
    }
    return pairs
  }
}

/// Why bytes are not a reply.
enum ReplyError: Error, Equatable {
  case malformed(String)
  case tooLarge
}

/// Bytes in, replies out: hiredis' reader with a limit on the memory that one reply may take. After an error there is no
/// further reply.
@safe struct ReplyReader: ~Copyable, Sendable {
  /// Bytes of one reply.
  let limit: Int
  /// Bytes fed that belong to no complete reply yet.
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

  mutating func feed(_ bytes: ArraySlice<UInt8>) throws(ReplyError) {
    buffered += bytes.count
    let result = unsafe bytes.withUnsafeBytes {
      unsafe redisReaderFeed(reader, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
    }
    if result != REDIS_OK { throw error }
  }

  /// The next reply, or nil when more bytes are needed for it.
  mutating func next() throws(ReplyError) -> RedisReply? {
    var object: UnsafeMutableRawPointer?
    guard unsafe redisReaderGetReply(reader, &object) == REDIS_OK else { throw error }
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

  private var error: ReplyError {
    if unsafe reader.pointee.err == REDIS_ERR_OOM { return .tooLarge }
    let text = unsafe withUnsafeBytes(of: reader.pointee.errstr) { unsafe Array($0.prefix { $0 != 0 }) }
    return .malformed(String(decoding: text, as: UTF8.self))
  }
}

/// hiredis' reply objects, made by its own functions. Only an array that announces more elements than a reply within the
/// limit can have is refused: hiredis allocates it before its elements arrive, up to 16 GiB for 14 bytes.
enum ReplyObjects {
  /// The shortest element is an empty status, `+\r\n`.
  static func mostElements(_ limit: Int) -> Int { max(limit / 3, 1) }

  /// hiredis only reads it.
  nonisolated(unsafe) static let functions: UnsafeMutablePointer<redisReplyObjectFunctions> = {
    let functions = UnsafeMutablePointer<redisReplyObjectFunctions>.allocate(capacity: 1)
    unsafe functions.initialize(to: own)
    unsafe functions.pointee.createArray = { unsafe ReplyObjects.array($0, $1) }
    return unsafe functions
  }()

  private static let own: redisReplyObjectFunctions = {
    guard let reader = unsafe redisReaderCreate() else { fatalError("out of memory for a reader of Redis' replies") }
    defer { unsafe redisReaderFree(reader) }
    return unsafe reader.pointee.fn.pointee
  }()

  private static func array(_ task: UnsafePointer<redisReadTask>?, _ count: Int32) -> UnsafeMutableRawPointer? {
    guard let most = unsafe task?.pointee.privdata, Int(count) <= Int(bitPattern: most) else { return nil }
    return unsafe own.createArray(task, count)
  }

  /// At most 9 deep, which is as deep as hiredis reads.
  static func reply(_ object: redisReply) -> RedisReply {
    switch unsafe object.type {
    case REDIS_REPLY_STATUS: unsafe .status(String(decoding: bytes(object), as: UTF8.self))
    case REDIS_REPLY_ERROR: unsafe .error(String(decoding: bytes(object), as: UTF8.self))
    case REDIS_REPLY_STRING: unsafe .bytes(bytes(object))
    case REDIS_REPLY_INTEGER: unsafe .integer(Int(object.integer))
    case REDIS_REPLY_ARRAY: unsafe .array(elements(object))
    default: .null
    }
  }

  private static func bytes(_ object: redisReply) -> [UInt8] {
    unsafe Array(UnsafeRawBufferPointer(start: object.str, count: object.str == nil ? 0 : object.len))
  }

  private static func elements(_ object: redisReply) -> [RedisReply] {
    let elements = unsafe UnsafeBufferPointer(start: object.element, count: object.element == nil ? 0 : object.elements)
    return unsafe elements.map { element in unsafe element.map { unsafe reply($0.pointee) } ?? .null }
  }
}
