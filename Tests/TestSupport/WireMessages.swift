/// A start line and the fields below it, as they stood on the wire.
package struct WireHead {
  package let startLine: String
  package let lines: [String]
  package let raw: [UInt8]

  /// `raw` ends with the empty line.
  package init(_ raw: [UInt8]) {
    self.raw = raw
    var lines: [String] = []
    var line: [UInt8] = []
    for byte in raw where byte != 0x0D {
      if byte != 0x0A {
        line.append(byte)
      } else {
        lines.append(String(decoding: line, as: UTF8.self))
        line = []
      }
    }
    startLine = lines.first ?? ""
    self.lines = lines.dropFirst().filter { !$0.isEmpty }
  }

  /// The values of all fields of that name, in order.
  package subscript(name: String) -> [String] { Self.values(of: name, in: lines) }

  /// The names of all fields, in lower case, in order.
  package var names: [String] { lines.map { $0.prefix { $0 != ":" }.lowercased() } }

  /// Of an answer; 0 for a request.
  package var status: Int {
    startLine.hasPrefix("HTTP/") ? Int(startLine.split(separator: " ").dropFirst().first ?? "") ?? 0 : 0
  }

  /// Of a request.
  package var method: String { String(startLine.prefix { $0 != " " }) }

  package static func values(of name: String, in lines: [String]) -> [String] {
    lines.compactMap { line in
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, parts[0].lowercased() == name.lowercased() else { return nil }
      return String(parts[1].drop { $0 == " " })
    }
  }
}

/// How a body is delimited.
package enum WireFraming: Equatable {
  case none
  case length(Int)
  case chunked
  case untilClose

  package static func request(_ head: WireHead) -> WireFraming { declared(head) ?? .none }

  package static func response(_ head: WireHead, to method: String) -> WireFraming {
    if method == "HEAD" || head.status < 200 || head.status == 204 || head.status == 304 { return .none }
    return declared(head) ?? .untilClose
  }

  private static func declared(_ head: WireHead) -> WireFraming? {
    if !head["Transfer-Encoding"].isEmpty { return .chunked }
    return head["Content-Length"].first.flatMap { Int($0) }.map { .length($0) }
  }
}

/// A body without its framing, and what stood in the framing.
package struct WireBody {
  package var bytes: [UInt8] = []
  package var chunkLines: [String] = []
  package var trailers: [String] = []

  package var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// How a connection ended.
package enum WireEnd { case refused, closed, reset, silent, malformed }

/// A message that is not whole, with what there was of it.
package enum WireError: Error {
  case refused
  case closed([UInt8])
  case reset([UInt8])
  case silent([UInt8])
  case malformed(String)

  package var end: WireEnd {
    switch self {
    case .refused: .refused
    case .closed: .closed
    case .reset: .reset
    case .silent: .silent
    case .malformed: .malformed
    }
  }
}

/// A response as the client received it.
package struct WireResponse {
  package let head: WireHead
  package let body: WireBody

  package var status: Int { head.status }
  package var text: String { body.text }

  /// The value of the field if it came exactly once.
  package subscript(name: String) -> String? {
    let values = head[name]
    return values.count == 1 ? values[0] : nil
  }
}
