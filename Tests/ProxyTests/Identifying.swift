import Bytes
import HTTPWire
import Testing

@testable import Proxy

/// What a request says of its user.
struct Identified: Equatable {
  /// Nil when no source yielded one.
  var key: [UInt8]?
  /// Names of the lines that go to the upstream.
  var kept: [String]
  /// Of lines that the check of the user headers dropped.
  var droppedAliases: Int

  var text: String? { key.map { String(decoding: $0, as: UTF8.self) } }
}

/// Reads the user key of a request with these header lines, as a worker does.
func identify(
  _ sources: [UserKeySettings.Source], anonymous: UserKeySettings.Anonymous = .legacy, target: String = "/",
  _ lines: String...
) throws -> Identified {
  try identify(sources, anonymous: anonymous, target: target, lines: lines)
}

func identify(
  _ sources: [UserKeySettings.Source], anonymous: UserKeySettings.Anonymous = .legacy, target: String = "/",
  lines: [String]
) throws -> Identified {
  var settings = UserKeySettings()
  settings.sources = sources
  settings.anonymous = anonymous
  var reader = UserKeyReader(settings)
  let text = (["GET \(target) HTTP/1.1", "Host: a.example"] + lines).joined(separator: "\r\n") + "\r\n\r\n"
  let bytes = Array(text.utf8)
  var fields = FieldTable(capacity: 100)
  let parsed = try parseRequestHead(bytes.span.bytes, limits: HeadLimits(), fields: &fields)
  let head = try #require(parsed)
  let dropped = reader.protectHeaders(bytes.span.bytes, &fields)
  let isKnown = reader.read(bytes.span.bytes, head, fields)
  var kept: [String] = []
  for index in 0..<fields.count where !fields[index].isDropped {
    kept.append(String(decoding: bytes[fields[index].name.bounds], as: UTF8.self))
  }
  return Identified(key: isKnown ? array(reader.found) : nil, kept: kept, droppedAliases: dropped)
}
