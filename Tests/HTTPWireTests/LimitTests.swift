import HTTPWire
import Testing

@Suite struct LimitTests {
  @Test("A target of exactly the limit passes, one byte more is answered 414 before the line has ended")
  func targets() throws {
    let limits = HeadLimits(headBytes: 1_000, targetBytes: 100, fields: 10)
    let longest = "/" + String(repeating: "a", count: 99)
    #expect(try parseRequest(Array("GET \(longest) HTTP/1.0\r\n\r\n".utf8), limits: limits) != nil)
    for text in ["GET \(longest)a", "GET \(longest)a HTTP/1.0\r\n\r\n", "GET \(longest)\0", "GET /?\(longest)"] {
      let error = refusal(text, limits: limits)
      #expect(error == (text.hasSuffix("\0") ? .controlCharacter : .targetTooLong), "\(text)")
    }
    #expect(RequestHeadError.targetTooLong.status == 414)
  }

  @Test("A head of exactly the limit passes, one that cannot end within it is refused: 431 towards clients")
  func heads() throws {
    for length in 30...200 {
      let start = "GET / HTTP/1.0\r\nX: "
      let text = start + String(repeating: "v", count: length - start.utf8.count - 4) + "\r\n\r\n"
      #expect(text.utf8.count == length)
      let bytes = Array(text.utf8)
      #expect(try parseRequest(bytes, limits: HeadLimits(headBytes: length, targetBytes: 99, fields: 9)) != nil)
      let tight = HeadLimits(headBytes: length - 1, targetBytes: 99, fields: 9)
      #expect(refusal(bytes, limits: tight) == .headTooLong)
      #expect(refusal(Array(bytes.dropLast()), limits: tight) == .headTooLong)
      #expect(refusal(Array(bytes.dropLast(2)), limits: tight) == nil)
    }
    #expect(RequestHeadError.headTooLong.status == 431)
    #expect(
      responseRefusal("HTTP/1.1 200 O", limits: HeadLimits(headBytes: 14, targetBytes: 9, fields: 9)) == .headTooLong)
  }

  @Test("As many fields as allowed pass, one more is refused: 431 towards clients")
  func fields() throws {
    let limits = HeadLimits(headBytes: 9_999, targetBytes: 99, fields: 20)
    let twenty = String(repeating: "A: b\r\n", count: 20)
    #expect(try parseRequest(Array("GET / HTTP/1.0\r\n\(twenty)\r\n".utf8), limits: limits) != nil)
    #expect(refusal("GET / HTTP/1.0\r\n\(twenty)A: b\r\n\r\n", limits: limits) == .tooManyFields)
    #expect(responseRefusal("HTTP/1.0 200\r\n\(twenty)A: b\r\n\r\n", limits: limits) == .tooManyFields)
    #expect(throws: RequestHeadError.tooManyFields) {
      try parseRequest(Array("GET / HTTP/1.0\r\nA: b\r\nA: b\r\n\r\n".utf8), capacity: 1)
    }
    #expect(RequestHeadError.tooManyFields.status == 431)
  }

  @Test("A limit of nothing, or less, refuses everything and traps nowhere", arguments: [0, -1, Int.min])
  func nothing(limit: Int) {
    let limits = HeadLimits(headBytes: limit, targetBytes: limit, fields: limit)
    #expect(refusal("GET / HTTP/1.0\r\n\r\n", limits: limits) == .headTooLong)
    #expect(refusal("", limits: limits) == .headTooLong)
    let noTarget = HeadLimits(headBytes: .max, targetBytes: limit, fields: limit)
    #expect(refusal("GET / HTTP/1.0\r\n\r\n", limits: noTarget) == .targetTooLong)
    let noFields = HeadLimits(headBytes: .max, targetBytes: .max, fields: limit)
    #expect(refusal("GET / HTTP/1.0\r\nA: b\r\n\r\n", limits: noFields) == .tooManyFields)
  }
}
