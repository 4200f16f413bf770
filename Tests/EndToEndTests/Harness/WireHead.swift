/// A start line and the fields below it, as they stood on the wire.
struct WireHead {
  let startLine: String
  let lines: [String]
  let raw: [UInt8]

  /// `raw` ends with the empty line.
  init(_ raw: [UInt8]) {
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
  subscript(name: String) -> [String] { Self.values(of: name, in: lines) }

  /// The names of all fields, in lower case, in order.
  var names: [String] { lines.map { $0.prefix { $0 != ":" }.lowercased() } }

  /// Of an answer; 0 for a request.
  var status: Int {
    startLine.hasPrefix("HTTP/") ? Int(startLine.split(separator: " ").dropFirst().first ?? "") ?? 0 : 0
  }

  /// Of a request.
  var method: String { String(startLine.prefix { $0 != " " }) }

  static func values(of name: String, in lines: [String]) -> [String] {
    lines.compactMap { line in
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, parts[0].lowercased() == name.lowercased() else { return nil }
      return String(parts[1].drop { $0 == " " })
    }
  }
}

/// How a body is delimited.
enum WireFraming: Equatable {
  case none
  case length(Int)
  case chunked
  case untilClose

  static func request(_ head: WireHead) -> WireFraming { declared(head) ?? .none }

  static func answer(_ head: WireHead, to method: String) -> WireFraming {
    if method == "HEAD" || head.status < 200 || head.status == 204 || head.status == 304 { return .none }
    return declared(head) ?? .untilClose
  }

  private static func declared(_ head: WireHead) -> WireFraming? {
    if !head["Transfer-Encoding"].isEmpty { return .chunked }
    return head["Content-Length"].first.flatMap { Int($0) }.map { .length($0) }
  }
}
