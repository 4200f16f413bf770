import FoundationEssentials

/// An HTTP/1.1 answer that was read to its end.
enum AdminResponse {
  /// The body, if the status is 200 and the body whole.
  static func body(of bytes: [UInt8]) throws(AdminError) -> [UInt8] {
    guard let end = headEnd(bytes), bytes.starts(with: "HTTP/1.".utf8) else {
      throw bytes.isEmpty
        ? .unreachable("it closed the connection without an answer")
        : .unexpected("what answers there does not speak HTTP")
    }
    let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
    let status = lines[0].split(separator: " ").dropFirst().first ?? ""
    let body = bytes[(end + 4)...]
    guard status == "200" else { throw refusal(Console.printable(String(status)), body) }
    if let length = contentLength(lines.dropFirst()), length != body.count {
      throw .unexpected("its answer is not whole: \(body.count) of \(length) bytes")
    }
    return Array(body)
  }

  /// With the reason, if a proxy gives one.
  private static func refusal(_ status: String, _ body: ArraySlice<UInt8>) -> AdminError {
    struct Refusal: Decodable { let error: String }
    guard let refusal = try? JSONDecoder().decode(Refusal.self, from: Data(body)) else {
      return .unexpected("it answers with status \(status)")
    }
    return .refused(status: status, reason: Console.printable(refusal.error))
  }

  private static func headEnd(_ bytes: [UInt8]) -> Int? {
    bytes.firstRange(of: Array("\r\n\r\n".utf8))?.lowerBound
  }

  private static func contentLength(_ lines: ArraySlice<Substring>) -> Int? {
    for line in lines {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, parts[0].lowercased() == "content-length" else { continue }
      return Int(parts[1].trimmingPrefix(" "))
    }
    return nil
  }
}
