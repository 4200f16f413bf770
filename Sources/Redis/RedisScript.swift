/// A Lua script that the server keeps: it is called by its digest, and sent only when the server does not have it.
package struct RedisScript: Sendable, Equatable {
  package let source: String
  /// SHA-1 of the source, 40 lower-case hexadecimal digits, as EVALSHA wants it.
  package let digest: String

  package init(_ source: String) {
    self.source = source
    digest = RedisDigest.hexadecimal(RedisDigest.sha1(Array(source.utf8)))
  }

  /// The command that calls it, by the digest or with the source.
  func call(_ name: RedisWord, _ body: String, keys: [RedisWord], arguments: [RedisWord]) -> [RedisWord] {
    [name, RedisWord(body), RedisWord(keys.count)] + keys + arguments
  }
}
