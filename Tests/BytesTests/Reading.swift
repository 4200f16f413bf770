import Bytes

func array(_ span: RawSpan) -> [UInt8] {
  var bytes: [UInt8] = []
  for index in 0..<span.byteCount { bytes.append(span[index]) }
  return bytes
}

func string(_ span: RawSpan) -> String { String(decoding: array(span), as: UTF8.self) }
