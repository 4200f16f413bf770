internal import COpenSSL

/// SHA-1 as `redis.sha1hex` computes it in a script: how a client and a script compare a value without sending it.
package enum RedisDigest {
  package static func sha1(_ bytes: [UInt8]) -> [UInt8] {
    var sum = [UInt8](repeating: 0, count: Int(SHA_DIGEST_LENGTH))
    _ = unsafe SHA1(bytes, bytes.count, &sum)
    return sum
  }

  /// 40 lower-case hexadecimal digits.
  package static func hexadecimal(_ sum: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: sum.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
