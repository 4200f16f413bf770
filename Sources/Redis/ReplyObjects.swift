internal import CHiredis

/// hiredis' objects for replies, made by its own functions, except that an array is refused whose announced length no
/// reply within the bound can have: it would be allocated before its elements have come, up to 16 GiB for 14 bytes.
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
