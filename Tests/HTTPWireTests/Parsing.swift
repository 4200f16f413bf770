import Bytes
import HTTPWire

/// A head that was parsed, and what its ranges read.
struct Parsed<Head> {
  let head: Head
  let bytes: [UInt8]
  let fields: [Field]
  let droppedAliasCount: Int
  let written: String

  func text(_ range: ByteRange) -> String { String(decoding: bytes[range.bounds], as: UTF8.self) }
  var kept: [String] { fields.filter { !$0.isDropped }.map { text($0.name) } }
  var dropped: [String] { fields.filter { $0.isDropped }.map { text($0.name) } }
}

func parseRequest(
  _ bytes: [UInt8], limits: HeadLimits = HeadLimits(), capacity: Int = 100
) throws(RequestHeadError) -> Parsed<RequestHead>? {
  var table = FieldTable(capacity: capacity)
  let head = try parseRequestHead(bytes.span.bytes, limits: limits, fields: &table)
  return head.map { parsed($0, bytes, table) }
}

func parseResponse(
  _ bytes: [UInt8], answering method: HTTPWire.Method = .get, limits: HeadLimits = HeadLimits(), capacity: Int = 100
) throws(ResponseHeadError) -> Parsed<ResponseHead>? {
  var table = FieldTable(capacity: capacity)
  let head = try parseResponseHead(bytes.span.bytes, answering: method, limits: limits, fields: &table)
  return head.map { parsed($0, bytes, table) }
}

private func parsed<Head>(_ head: Head, _ bytes: [UInt8], _ table: borrowing FieldTable) -> Parsed<Head> {
  var fields: [Field] = []
  for index in 0..<table.count { fields.append(table[index]) }
  var writer = ByteWriter(capacity: 32_768)
  writer.appendKeptFields(table, of: bytes.span.bytes)
  return Parsed(
    head: head, bytes: bytes, fields: fields, droppedAliasCount: table.droppedAliasCount,
    written: string(writer.bytes))
}

func string(_ span: RawSpan) -> String { String(decoding: array(span), as: UTF8.self) }

func array(_ span: RawSpan) -> [UInt8] {
  var bytes: [UInt8] = []
  for index in 0..<span.byteCount { bytes.append(span[index]) }
  return bytes
}

/// A request of `line` and `fields`, Host included unless told otherwise.
func request(
  _ line: String = "GET / HTTP/1.1", _ fields: String..., host: String? = "a.example"
) throws(RequestHeadError) -> Parsed<RequestHead>? {
  let all = (host.map { ["Host: \($0)"] } ?? []) + fields
  return try parseRequest(Array((([line] + all).joined(separator: "\r\n") + "\r\n\r\n").utf8))
}

func response(
  _ line: String = "HTTP/1.1 200 OK", _ fields: String..., to method: HTTPWire.Method = .get
) throws(ResponseHeadError) -> Parsed<ResponseHead>? {
  try parseResponse(Array((([line] + fields).joined(separator: "\r\n") + "\r\n\r\n").utf8), answering: method)
}

/// Why the text is refused, or nil.
func refusal(_ text: String, limits: HeadLimits = HeadLimits()) -> RequestHeadError? {
  refusal(Array(text.utf8), limits: limits)
}

func refusal(_ bytes: [UInt8], limits: HeadLimits = HeadLimits()) -> RequestHeadError? {
  do throws(RequestHeadError) {
    _ = try parseRequest(bytes, limits: limits)
    return nil
  } catch {
    return error
  }
}

func responseRefusal(_ text: String, limits: HeadLimits = HeadLimits()) -> ResponseHeadError? {
  do throws(ResponseHeadError) {
    _ = try parseResponse(Array(text.utf8), limits: limits)
    return nil
  } catch {
    return error
  }
}

func targetText(_ parsed: Parsed<RequestHead>) -> String {
  var writer = ByteWriter(capacity: 9_000)
  writer.appendTarget(of: parsed.head, in: parsed.bytes.span.bytes)
  return string(writer.bytes)
}
