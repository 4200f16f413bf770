import Bytes
import Flags
import Foundation
import Statistics
import TestSupport
import Testing

@testable import Proxy

/// Lines of the access log, from records as a worker makes them.
@Suite struct AccessLineTests {
  @Test("A request that a user's bucket sent to unified, in JSON")
  func jsonLine() throws {
    let line = Lines().line(of: Self.ordinary)
    #expect(
      line
        == #"{"time":"2026-07-12T04:17:21.123456Z","request_id":"r-1","#
        + #""trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","client":"192.0.2.7","method":"POST","target":"/api/chat?x=1","#
        + #""http":"1.1","status":200,"termination":"completed","flag":"A","cohort":"unified","generation":7,"#
        + #""why":"bucket-below","bucket":14569,"user":"10625cb7a7616950","server":"127.0.0.1:9002","attempts":2,"#
        + #""retries":1,"head_ms":0.012,"queue_ms":1.500,"connect_ms":0.000,"first_byte_ms":12.346,"total_ms":2000.001,"#
        + #""bytes_in":300,"bytes_out":1500}"# + "\n")
  }

  @Test("The same in the combined format")
  func combinedLine() {
    let line = Lines(format: .combined).line(of: Self.ordinary)
    #expect(
      line
        == #"192.0.2.7 - 10625cb7a7616950 [12/Jul/2026:04:17:21 +0000] "POST /api/chat?x=1 HTTP/1.1" 200 1300 "#
        + #""https://a.example/" "curl/8""# + "\n")
  }

  @Test("What is not known is left out, or a dash")
  func malformed() throws {
    let malformed = Sketch { record in
      record.isMalformed = true
      record.status = 400
      record.localResponse = 3
      record.total = 1_000_000
    } text: { note in
      note.record.target = note.append(Array("GET / HTTP/9".utf8).span.bytes, atMost: 1_024)
      note.record.targetLength = 12
    }
    let object = try Lines().object(of: malformed)
    #expect(
      object.keys.sorted() == [
        "bytes_in", "bytes_out", "connect_ms", "head_ms", "line", "queue_ms", "reason", "status", "termination", "time",
        "total_ms",
      ])
    #expect(object["line"] as? String == "GET / HTTP/9")
    #expect(object["reason"] as? String == LocalResponse.labels[3].reason)
    #expect(
      Lines(format: .combined).line(of: malformed)
        == "- - - [12/Jul/2026:04:17:21 +0000] \"GET / HTTP/9\" 400 0 \"-\" \"-\"\n")
    let silent = Sketch {
      $0.termination = Termination.clientGone.rawValue
    } text: { _ in
    }
    #expect(Lines(format: .combined).line(of: silent).contains("] \"  HTTP/1.0\" 499 0 "))
  }

  @Test("A fixed route has no flag, and says so", arguments: [(Cohort.legacy, "legacy"), (.unified, "unified")])
  func fixedRoute(cohort: Cohort, name: String) throws {
    let object = try Lines().object(
      of: Sketch {
        $0.cohort = cohort.rawValue
      } text: { _ in
      })
    #expect(object["why"] as? String == "fixed")
    #expect(object["cohort"] as? String == name)
    #expect(object["flag"] == nil)
    #expect(object["user"] == nil)
    #expect(object["bucket"] == nil)
  }

  @Test("Each reason and each end has its word", arguments: DecisionReason.allCases)
  func reasons(reason: DecisionReason) throws {
    let sketch = Sketch { record in
      record.cohort = 0
      record.reason = reason.rawValue
      record.flag = 1
    } text: { _ in
    }
    #expect(try Lines().object(of: sketch)["why"] as? String == reason.description)
    #expect(try Lines().object(of: sketch)["flag"] as? String == "B.2")
  }

  @Test("A user is a hash, the key itself, or nothing")
  func users() throws {
    #expect(try Lines().object(of: Self.ordinary)["user"] as? String == "10625cb7a7616950")
    #expect(try Lines(user: .raw).object(of: Self.ordinary)["user"] as? String == "ali ce")
    #expect(Lines(format: .combined, user: .raw).line(of: Self.ordinary).hasPrefix("192.0.2.7 - ali\\x20ce [12/"))
    // Without a key no user is to be seen.
    #expect(try Lines(hash: nil).object(of: Self.ordinary)["user"] as? String == "")
  }

  @Test(
    "A sampled success says how many it stands for",
    arguments: [(0.1, "10"), (0.25, "4"), (0.001, "1000"), (0.4, "2.5")])
  func weights(sample: Double, weight: String) {
    var sketch = Self.ordinary
    sketch.record.isSampled = true
    #expect(Lines(sample: sample).line(of: sketch).hasSuffix(",\"weight\":\(weight)}\n"))
    sketch.record.isSampled = false
    #expect(!Lines(sample: sample).line(of: sketch).contains("weight"))
  }

  @Test("A long target is cut, and the line says how long it was")
  func longTargets() throws {
    let target = "/" + String(repeating: "a", count: 4_999)
    let sketch = Sketch {
      $0.targetLength = 5_000
    } text: { note in
      note.record.target = note.append(Array(target.utf8).span.bytes, atMost: AccessRecord.longestTarget)
    }
    let object = try Lines().object(of: sketch)
    #expect(object["target"] as? String == String(target.prefix(1_024)))
    #expect(object["target_bytes"] as? Int == 5_000)
    #expect(Lines(format: .combined).line(of: sketch).contains("\(target.prefix(1_024))... HTTP/1.0"))
  }

  @Test(
    "Moments over midnights, leap days and years",
    arguments: [
      (951_782_400_000_000_000, "2000-02-29T00:00:00.000000Z", "29/Feb/2000:00:00:00 +0000"),
      (1_767_225_599_999_999_999, "2025-12-31T23:59:59.999999Z", "31/Dec/2025:23:59:59 +0000"),
    ] as [(UInt64, String, String)])
  func moments(moment: UInt64, timestamp: String, logTime: String) {
    var clock = AccessClock()
    clock.offset = 5_000_000_000
    var line = ByteWriter(capacity: 100)
    clock.appendTimestamp(moment - 5_000_000_000, to: &line)
    #expect(string(line.bytes) == timestamp)
    line.removeAll()
    clock.appendLogTime(moment - 5_000_000_000, to: &line)
    #expect(string(line.bytes) == logTime)
  }

  @Test("Whatever a client sends, a line in JSON is one object in UTF-8, and gives back what is UTF-8")
  func randomJSON() throws {
    var random = SeededGenerator(named: "AccessLineTests.randomJSON")
    var lines = Lines(user: .raw)
    for _ in 0..<1_500 {
      let texts = (0..<6).map { _ in Self.hostile(&random) }
      let line = lines.bytes(of: Self.filled(texts))
      #expect(line.last == 0x0A)
      #expect(line.count { $0 == 0x0A } == 1)
      #expect(!line.dropLast().contains { $0 < 0x20 || $0 == 0x7F })
      #expect(String(validating: line, as: UTF8.self) != nil)
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
      let keys = ["method", "target", "request_id", "trace_id", "user"]
      for (key, text) in zip(keys, texts) where !text.isEmpty {
        let found = try #require(object[key] as? String)
        if let sent = String(validating: text, as: UTF8.self) { #expect(Array(found.utf8) == Array(sent.utf8)) }
      }
    }
  }

  @Test("Whatever a client sends, a combined line has its nine fields in visible ASCII")
  func randomCombined() throws {
    var random = SeededGenerator(named: "AccessLineTests.randomCombined")
    var lines = Lines(format: .combined, user: .raw)
    let pattern = #/[^ ]+ - [^ ]+ \[[^\]]+\] "[^"]*" \d+ \d+ "[^"]*" "[^"]*"\n/#
    for _ in 0..<400 {
      let line = lines.bytes(of: Self.filled((0..<6).map { _ in Self.hostile(&random) }))
      #expect(line.dropLast().allSatisfy { $0 >= 0x20 && $0 < 0x7F })
      #expect(String(decoding: line, as: UTF8.self).wholeMatch(of: pattern) != nil)
    }
  }

  @Test(
    "What is not plain is written so that it does nothing",
    arguments: [
      ("a\"b\\c", #"a\"b\\c"#), ("\u{0}\n\r\t\u{1B}[31m\u{7F}", #"\u0000\u000a\u000d\u0009\u001b[31m\u007f"#),
      ("äöü €😀", "äöü €😀"), ("\u{80}\u{9B}31m\u{A0}", "\\u0080\\u009b31m\u{A0}"),
    ])
  func escapes(text: String, written: String) { #expect(Self.escaped(Array(text.utf8)) == written) }

  @Test(
    "A byte that is no UTF-8 is shown by its number",
    arguments: [
      ([0x80], #"\\x80"#), ([0xC0, 0xAF], #"\\xc0\\xaf"#), ([0xED, 0xA0, 0x80], #"\\xed\\xa0\\x80"#),
      ([0xF4, 0x90, 0x80, 0x80], #"\\xf4\\x90\\x80\\x80"#), ([0xE2, 0x82], #"\\xe2\\x82"#),
      ([0x61, 0xFF, 0x62], #"a\\xffb"#),
      ([0xE0, 0x9F, 0xBF], #"\\xe0\\x9f\\xbf"#), ([0xC2], #"\\xc2"#), ([0xF0, 0x9F, 0x98], #"\\xf0\\x9f\\x98"#),
    ] as [([UInt8], String)])
  func noUTF8(bytes: [UInt8], written: String) { #expect(Self.escaped(bytes) == written) }

  @Test("Each byte at each place among plain ones is found")
  func everyPlace() {
    var wrong: [String] = []
    for byte in UInt8.min...UInt8.max {
      let isPlain = byte >= 0x20 && byte < 0x7F && byte != 0x22 && byte != 0x5C
      for place in 0..<20 {
        var bytes = [UInt8](repeating: 0x61, count: 20)
        bytes[place] = byte
        let isKept = Self.escaped(bytes) == String(decoding: bytes, as: UTF8.self)
        if isKept != isPlain { wrong.append("\(byte) at \(place)") }
      }
    }
    #expect(wrong == [])
  }

  private static func escaped(_ bytes: [UInt8]) -> String {
    var writer = ByteWriter(capacity: 6 * bytes.count + 1)
    writer.append(jsonText: bytes.span.bytes)
    return string(writer.bytes)
  }

  static let ordinary = Sketch { record in
    (record.head, record.queue, record.connect) = (12_345, 1_500_000, 499)
    (record.firstByte, record.total) = (12_345_678, 2_000_000_500)
    (record.generation, record.bytesIn, record.bytesOut, record.responseHeadBytes) = (7, 300, 1_500, 200)
    (record.bucket, record.status, record.server, record.flag) = (14_569, 200, 1, 0)
    (record.cohort, record.reason) = (Cohort.unified.rawValue, DecisionReason.bucketBelow.rawValue)
    (record.attempts, record.retries, record.minorVersion) = (2, 1, 1)
  } text: { note in
    func part(_ text: String) -> AccessRecord.Part { note.append(Array(text.utf8).span.bytes, atMost: 1_024) }
    note.record.method = part("POST")
    note.record.target = part("/api/chat?x=1")
    note.record.targetLength = 13
    note.record.requestID = part("r-1")
    note.record.traceID = part("4bf92f3577b34da6a3ce929d0e0e4736")
    note.record.user = part("ali ce")
    note.record.client = part("192.0.2.7")
    note.record.referer = part("https://a.example/")
    note.record.agent = part("curl/8")
  }

  private static func filled(_ texts: [[UInt8]]) -> Sketch {
    Sketch { record in
      record.cohort = 0
      record.targetLength = UInt32(texts[1].count)
    } text: { note in
      note.record.method = Self.add(texts[0], AccessRecord.longestMethod, &note)
      note.record.target = Self.add(texts[1], AccessRecord.longestTarget, &note)
      note.record.requestID = Self.add(texts[2], AccessRecord.longestID, &note)
      note.record.traceID = Self.add(texts[3], 32, &note)
      note.record.user = Self.add(texts[4], AccessRecord.longestUser, &note)
      note.record.agent = Self.add(texts[5], AccessRecord.longestField, &note)
    }
  }

  private static func add(_ text: [UInt8], _ limit: Int, _ note: inout AccessNote) -> AccessRecord.Part {
    note.append(text.span.bytes, atMost: limit)
  }

  /// At most as long as the shortest part, so that none is cut.
  private static func hostile(_ random: inout SeededGenerator) -> [UInt8] {
    let words = [
      "\"", "\\", "\n", "\r", "\u{0}", "\u{1B}[2J", "\u{2028}", "ä", "€", "😀", "\\u0041", "\",\"status\":500", "}{",
    ]
    var bytes: [UInt8] = []
    while bytes.count < Int.random(in: 0..<24, using: &random) {
      bytes +=
        Bool.random(using: &random)
        ? Array(words[Int.random(in: 0..<words.count, using: &random)].utf8)
        : [UInt8.random(in: 0...255, using: &random)]
    }
    return Array(bytes.prefix(32))
  }
}

/// A record and its texts.
struct Sketch: Sendable {
  var record = AccessRecord()
  let text: @Sendable (inout AccessNote) -> Void

  init(_ change: (inout AccessRecord) -> Void, text: @escaping @Sendable (inout AccessNote) -> Void) {
    change(&record)
    self.text = text
  }
}

/// A formatter at noon of the tests: 12 July 2026, 04:17:21.123456.
struct Lines: ~Copyable {
  private var formatter: AccessFormatter

  init(
    format: AccessLogSettings.Format = .json, user: AccessLogSettings.User = .hash, sample: Double = 1,
    hash: SipHash? = SipHash(key: Array(0..<16))
  ) {
    var settings = ProxySettings()
    settings.routes = [
      RouteSettings(path: "/", target: .flag("A")), RouteSettings(path: "/b", target: .flag("B.2")),
    ]
    settings.legacy.servers = [Endpoint(host: "127.0.0.1", port: 9_001)]
    settings.unified.servers = [Endpoint(host: "127.0.0.1", port: 9_002)]
    (settings.accessLog.format, settings.accessLog.user, settings.accessLog.sample) = (format, user, sample)
    formatter = AccessFormatter(settings, hash: hash)
    formatter.clock.offset = 1_783_829_841_123_456_789
  }

  mutating func bytes(of sketch: Sketch) -> [UInt8] {
    var note = AccessNote()
    note.record = sketch.record
    sketch.text(&note)
    formatter.lines.removeAll()
    formatter.append(note.bytes)
    return array(formatter.lines.bytes)
  }

  consuming func line(of sketch: Sketch) -> String {
    var lines = self
    return String(decoding: lines.bytes(of: sketch), as: UTF8.self)
  }

  consuming func object(of sketch: Sketch) throws -> [String: Any] {
    var lines = self
    return try #require(try JSONSerialization.jsonObject(with: Data(lines.bytes(of: sketch))) as? [String: Any])
  }
}
