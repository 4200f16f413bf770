extension HTTPAnswer {
  /// Reads an answer to its end: by its length, by its chunks, or until the peer closes. An answer 100 is passed over.
  init(reading connection: borrowing HTTPConnection, _ limit: TimeLimit) throws(HTTPFault) {
    var bytes: [UInt8] = []
    while true {
      let chunk = try connection.read(limit)
      bytes += chunk
      guard bytes.count <= HTTPConnection.largestAnswer else { throw .broken("its answer is larger than 16 MiB") }
      if let answer = try Self.parse(bytes, isEnd: chunk.isEmpty) {
        self = answer
        return
      }
      if chunk.isEmpty {
        throw .broken(bytes.isEmpty ? "it closed the connection without an answer" : "its answer is not whole")
      }
    }
  }

  /// Nil while more is to come. `isEnd`: no more will.
  static func parse(_ bytes: [UInt8], isEnd: Bool) throws(HTTPFault) -> HTTPAnswer? {
    let start = Array("HTTP/1.".utf8)
    guard bytes.starts(with: start.prefix(bytes.count)) else { throw .broken("what answers there does not speak HTTP") }
    guard let headEnd = bytes.firstRange(of: Array("\r\n\r\n".utf8))?.lowerBound else { return nil }
    let lines = String(decoding: bytes[..<headEnd], as: UTF8.self).split(separator: "\r\n").map(String.init)
    let words = lines[0].split(separator: " ")
    guard words.count >= 2, let status = Int(words[1]), (100...599).contains(status) else {
      throw .broken("what answers there does not speak HTTP")
    }
    let body = Array(bytes[(headEnd + 4)...])
    if status < 200 { return try parse(body, isEnd: isEnd) }
    let answer = HTTPAnswer(status: status, body: [], lines: Array(lines.dropFirst()))
    return try answer.body(in: body, isEnd: isEnd).map { HTTPAnswer(status: status, body: $0, lines: answer.lines) }
  }

  private func body(in bytes: [UInt8], isEnd: Bool) throws(HTTPFault) -> [UInt8]? {
    if status == 204 || status == 304 { return [] }
    if field("Transfer-Encoding")?.lowercased().contains("chunked") == true { return try Self.chunks(bytes) }
    guard let text = field("Content-Length") else { return isEnd ? bytes : nil }
    guard let length = Int(text), length >= 0 else { throw .broken("its Content-Length is no number") }
    return bytes.count >= length ? Array(bytes.prefix(length)) : nil
  }

  /// RFC 9112, section 7.1; trailers are not looked at. Nil while the last chunk is to come.
  private static func chunks(_ bytes: [UInt8]) throws(HTTPFault) -> [UInt8]? {
    var body: [UInt8] = []
    var rest = bytes[...]
    while let line = rest.firstRange(of: [0x0D, 0x0A]) {
      let size = String(decoding: rest[..<line.lowerBound].prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self)
      guard let count = Int(size.trimmingPrefix(" "), radix: 16), count >= 0, count <= HTTPConnection.largestAnswer
      else {
        throw .broken("a chunk of its answer has no length")
      }
      if count == 0 { return body }
      rest = rest[line.upperBound...]
      guard rest.count >= count + 2 else { return nil }
      body += rest.prefix(count)
      rest = rest.dropFirst(count + 2)
    }
    return nil
  }
}
