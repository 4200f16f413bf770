internal import COpenSSL

/// A Lua script that the server keeps: it is called by its digest, and sent only when the server does not have it.
package struct RedisScript: Sendable, Equatable {
  package let source: String
  /// SHA-1 of the source, 40 lower-case hexadecimal digits, as EVALSHA wants it.
  package let digest: String

  package init(_ source: String) {
    self.source = source
    let bytes = Array(source.utf8)
    var sum = [UInt8](repeating: 0, count: Int(SHA_DIGEST_LENGTH))
    _ = unsafe SHA1(bytes, bytes.count, &sum)
    let digits = Array("0123456789abcdef".utf8)
    digest = String(decoding: sum.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// The command that calls it, by the digest or with the source.
  func call(_ name: RedisWord, _ body: String, keys: [RedisWord], arguments: [RedisWord]) -> [RedisWord] {
    [name, RedisWord(body), RedisWord(keys.count)] + keys + arguments
  }
}
