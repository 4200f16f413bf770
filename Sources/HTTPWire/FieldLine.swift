internal import Bytes

/// Reads the field line that begins at `start` (RFC 9112 5). Nil: it is incomplete and so far without fault.
///
/// Bytes are judged strictly from left to right, so that the same bytes in any pieces end in the same fault.
@inline(__always)
func readField(
  _ bytes: RawSpan, from start: Int, aliasCount: inout Int
) throws(FieldFault) -> Field? {
  var sawUnderscore = false
  let nameEnd = bytes.endOfToken(from: start, sawUnderscore: &sawUnderscore)
  guard nameEnd < bytes.byteCount else { return nil }
  guard bytes[nameEnd] == ASCII.colon, nameEnd > start else {
    guard let fault = nameFault(bytes, from: start, stoppedAt: nameEnd) else { return nil }
    throw fault
  }
  let valueEnd = bytes.endOfText(from: nameEnd &+ 1)
  switch bytes.stop(at: valueEnd) {
  case .lineEnd: break
  case .pending: return nil
  case .bareCarriageReturn: throw .bareCarriageReturn
  case .bareLineFeed: throw .bareLineFeed
  case .control, .visible: throw .controlCharacter
  }
  let name = ByteRange(at: start, upTo: nameEnd)
  let id = FieldName(bytes, name)
  let isAlias = sawUnderscore && isAlias(bytes, name)
  if isAlias { aliasCount &+= 1 }
  return Field(
    line: ByteRange(at: start, upTo: valueEnd &+ 2), name: name,
    value: bytes.trimmed(from: nameEnd &+ 1, to: valueEnd), id: id, isDropped: isAlias || id.isHopByHop)
}

/// Why a name does not end in a colon. Nil: the byte that would tell has not come.
private func nameFault(_ bytes: RawSpan, from start: Int, stoppedAt index: Int) -> FieldFault? {
  switch bytes.stop(at: index) {
  case .pending: nil
  case .lineEnd: .missingColon
  case .bareCarriageReturn: .bareCarriageReturn
  case .bareLineFeed: .bareLineFeed
  case .control: .controlCharacter
  case .visible:
    if ASCII.isWhitespace(bytes[index]) {
      index == start ? .obsoleteLineFolding : .whitespaceBeforeColon
    } else {
      bytes[index] == ASCII.colon ? .emptyFieldName : .invalidFieldName
    }
  }
}

/// Reads the lines from `start` through the empty line into `fields` and returns the index behind it. Nil: there is
/// more to come, and no fault so far.
@inline(__always)
func readFields(
  _ bytes: RawSpan, from start: Int, maximum: Int, into fields: inout FieldTable
) throws(FieldFault) -> Int? {
  var index = start
  while index < bytes.byteCount {
    if bytes[index] == ASCII.carriageReturn {
      switch bytes.stop(at: index) {
      case .lineEnd: return index &+ 2
      case .pending: return nil
      default: throw .bareCarriageReturn
      }
    }
    if index == start, ASCII.isWhitespace(bytes[index]) { throw .whitespaceBeforeFields }
    guard fields.count < maximum else { throw .tooManyFields }
    guard let field = try readField(bytes, from: index, aliasCount: &fields.droppedAliasCount) else {
      return nil
    }
    guard fields.append(field) else { throw .tooManyFields }
    index = field.line.end
  }
  return nil
}
