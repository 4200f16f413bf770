import Bytes
import HTTPWire
import Testing

@Suite struct FramingTests {
  @Test(
    "Content-Length is one number of at most 63 bits",
    arguments: [
      ("0", 0), ("1", 1), ("007", 7), ("4294967296", 4_294_967_296), ("9223372036854775807", 9_223_372_036_854_775_807),
      (" 5 ", 5), ("00000000000000000000000000000000000000005", 5),
    ] as [(String, UInt64)])
  func length(value: String, length: UInt64) throws {
    let parsed = try #require(try request("POST / HTTP/1.1", "Content-Length: \(value)"))
    #expect(parsed.head.framing == .length(length))
    #expect(parsed.dropped == ["Content-Length"])
    let old = try #require(try request("POST / HTTP/1.0", "content-LENGTH:\(value)"))
    #expect(old.head.framing == .length(length))
    let answer = try #require(try response("HTTP/1.1 200 OK", "Content-Length: \(value)"))
    #expect(answer.head.framing == .length(length))
  }

  @Test(
    "Content-Length that is anything else is refused",
    arguments: [
      "", "+5", "-5", "5,5", "5, 5", "5 5", "0x5", "5;", "5.0", "5e1", "five", "9223372036854775808", "5\u{b2}",
      "\"5\"",
      "18446744073709551616", "18446744073709551621", "99999999999999999999999999999999", "1_000", "5\t5",
    ])
  func badLength(value: String) {
    #expect(refusal("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(value)\r\n\r\n") == .invalidContentLength)
    #expect(responseRefusal("HTTP/1.1 200 OK\r\nContent-Length: \(value)\r\n\r\n") == .invalidContentLength)
    #expect(RequestHeadError.invalidContentLength.status == 400)
  }

  @Test("Content-Length lines that repeat the same digits are one, others are refused")
  func repeatedLength() throws {
    let parsed = try #require(try request("POST / HTTP/1.1", "Content-Length: 5", "Content-Length: 5"))
    #expect(parsed.head.framing == .length(5))
    #expect(parsed.written == "Host: a.example\r\n")
    let table: [(String, RequestHeadError)] = [
      ("6", .conflictingContentLength), ("05", .conflictingContentLength), ("", .invalidContentLength),
      ("x", .invalidContentLength), ("5, 5", .invalidContentLength),
    ]
    for (second, error) in table {
      let fields = "Content-Length: 5\r\nA: b\r\nContent-Length: \(second)\r\n\r\n"
      #expect(refusal("POST / HTTP/1.1\r\nHost: a\r\n\(fields)") == error)
      #expect(responseRefusal("HTTP/1.1 200 OK\r\n\(fields)") != nil)
    }
  }

  @Test("Transfer-Encoding is exactly one chunked", arguments: ["chunked", "Chunked", "CHUNKED", " chunked\t"])
  func chunked(value: String) throws {
    let parsed = try #require(try request("POST / HTTP/1.1", "Transfer-Encoding:\(value)"))
    #expect(parsed.head.framing == .chunked)
    #expect(parsed.dropped == ["Transfer-Encoding"])
    let answer = try #require(try response("HTTP/1.1 200 OK", "transfer-encoding:\(value)"))
    #expect(answer.head.framing == .chunked)
    #expect(answer.head.keepsAlive)
  }

  @Test(
    "Transfer-Encoding that does not read chunked exactly once and last is refused, other codings are answered 501",
    arguments: [
      ("", .invalidTransferEncoding), ("chunked, chunked", .invalidTransferEncoding),
      (",chunked", .invalidTransferEncoding),
      ("chunked,", .invalidTransferEncoding), ("chunked, gzip", .invalidTransferEncoding),
      ("chunked;a=b", .invalidTransferEncoding), ("\"chunked\"", .invalidTransferEncoding),
      ("chun ked", .invalidTransferEncoding), ("chunked\u{a0}", .invalidTransferEncoding),
      ("gzip", .unsupportedTransferCoding), ("gzip, chunked", .unsupportedTransferCoding),
      ("identity", .unsupportedTransferCoding), ("xchunked", .unsupportedTransferCoding),
      ("chunkedx", .unsupportedTransferCoding), ("identity, chunked", .unsupportedTransferCoding),
    ] as [(String, RequestHeadError)])
  func otherCodings(value: String, error: RequestHeadError) {
    #expect(refusal("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \(value)\r\n\r\n") == error)
    #expect(error.status == (error == .unsupportedTransferCoding ? 501 : 400))
    #expect(responseRefusal("HTTP/1.1 200 OK\r\nTransfer-Encoding: \(value)\r\n\r\n") != nil)
  }

  @Test("Transfer-Encoding over several lines is one list")
  func codingLines() {
    let start = "POST / HTTP/1.1\r\nHost: a\r\n"
    let line = "Transfer-Encoding: chunked\r\n"
    #expect(refusal("\(start)\(line)\(line)\r\n") == .invalidTransferEncoding)
    #expect(refusal("\(start)Transfer-Encoding: gzip\r\n\(line)\r\n") == .unsupportedTransferCoding)
    #expect(refusal("\(start)\(line)Transfer-Encoding: identity\r\n\r\n") == .invalidTransferEncoding)
    #expect(refusal("\(start)\(line)Transfer-Encoding:\r\n\r\n") == .invalidTransferEncoding)
  }

  @Test("Transfer-Encoding in a 1.0 message is refused")
  func oldChunked() {
    #expect(refusal("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == .transferEncodingInHTTP10)
    #expect(responseRefusal("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") == .transferEncodingInHTTP10)
  }

  @Test("Transfer-Encoding together with Content-Length is refused, in either order")
  func both() {
    let length = "Content-Length: 5\r\n"
    let coding = "Transfer-Encoding: chunked\r\n"
    for fields in [length + coding, coding + length, coding + "Content-Length: x\r\n"] {
      #expect(refusal("POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n") == .transferEncodingWithContentLength)
      #expect(responseRefusal("HTTP/1.1 200 OK\r\n\(fields)\r\n") == .transferEncodingWithContentLength)
    }
  }

  @Test(
    "Transfer-Encoding hidden from one of two readers is refused or dropped, never half understood",
    arguments: [
      ("Transfer-Encoding : chunked", .whitespaceBeforeColon), (" Transfer-Encoding: chunked", .obsoleteLineFolding),
      ("Transfer-Encoding:\u{b}chunked", .controlCharacter), ("X: y\nTransfer-Encoding: chunked", .bareLineFeed),
      ("X: y\rTransfer-Encoding: chunked", .bareCarriageReturn), ("Transfer-Encoding\0: chunked", .controlCharacter),
      ("Transfer-Encoding:\r\n chunked", .obsoleteLineFolding),
    ] as [(String, RequestHeadError)])
  func obfuscation(line: String, error: RequestHeadError) {
    let start = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
    let refused = refusal("\(start)\(line)\r\n\r\n")
    #expect(refused == error)
  }

  @Test("A request that declares no length has no body")
  func noBody() throws {
    for line in ["GET / HTTP/1.1", "POST / HTTP/1.1", "POST / HTTP/1.0"] {
      #expect(try #require(try request(line)).head.framing == .none)
    }
  }

  @Test("Every error has a status, a label for metrics and a sentence, and no two share a label")
  func texts() {
    var labels: Set<String> = []
    for error in RequestHeadError.allCases {
      #expect([400, 414, 417, 431, 501, 505].contains(error.status))
      check(error.label, error.explanation, &labels)
    }
    #expect(labels.count == RequestHeadError.allCases.count)
    labels = []
    for error in ResponseHeadError.allCases { check(error.label, error.explanation, &labels) }
    for error in BodyError.allCases { check(error.label, error.explanation, &labels) }
    #expect(labels.count == ResponseHeadError.allCases.count + BodyError.allCases.count)
  }

  private func check(_ label: StaticString, _ explanation: StaticString, _ labels: inout Set<String>) {
    labels.insert(label.description)
    #expect(label.description.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "_") })
    #expect(explanation.description.hasSuffix("."))
    #expect(explanation.description.first?.isUppercase == true)
  }
}
