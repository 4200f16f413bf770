import Flags

extension Split {
  private static let saltLimit = 1_024

  func put(into writer: inout VarintWriter) {
    writer.put(isEnabled)
    writer.put(percentage.threshold)
    writer.put(hash.rawValue)
    writer.put(salt)
  }

  init(from reader: inout VarintReader) throws(CodecFault) {
    let isEnabled = try reader.flag()
    guard let percentage = Percentage(threshold: try reader.number(atMost: Percentage.bucketCount)),
      let hash = HashScheme(rawValue: try reader.text(atMost: 64))
    else { throw .outOfRange }
    self.init(
      isEnabled: isEnabled, percentage: percentage, salt: try reader.text(atMost: Self.saltLimit), hash: hash)
  }
}

extension Stage {
  func put(into writer: inout VarintWriter) {
    split.put(into: &writer)
    writer.put(from)
    writer.put(revision)
    writer.put(isSeen)
  }

  init(from reader: inout VarintReader) throws(CodecFault) {
    let split = try Split(from: &reader)
    let from = try reader.number(atMost: ClockReading.limit)
    self.init(split: split, from: from, revision: try reader.number(atMost: .max), isSeen: try reader.flag())
  }
}

extension Mark {
  private static let noteLimit = 4_096

  func put(into writer: inout VarintWriter) {
    writer.put(at)
    writer.put(revision)
    writer.put(isEnabled)
    writer.put(percentage.threshold)
    writer.put(by)
    writer.put(reason)
    writer.put(isLocal)
  }

  init(from reader: inout VarintReader) throws(CodecFault) {
    let at = try reader.number(atMost: ClockReading.limit)
    let revision = try reader.number(atMost: .max)
    let isEnabled = try reader.flag()
    guard let percentage = Percentage(threshold: try reader.number(atMost: Percentage.bucketCount)) else {
      throw .outOfRange
    }
    self.init(
      at: at, revision: revision, isEnabled: isEnabled, percentage: percentage,
      by: try reader.optionalText(atMost: Self.noteLimit), reason: try reader.optionalText(atMost: Self.noteLimit),
      isLocal: try reader.flag())
  }
}
