import Statistics

/// What one proxy counted of one flag in a minute or an hour, or in the part of it that belongs to one stage: as the
/// proxies of a fleet tell each other.
///
///     version 2, stage (split, from, revision, seen), from, milliseconds, tally
///
/// Versions are told apart by the first byte; what another one writes is passed over. It changes with `ClusterCounter`.
struct Segment: Sendable, Equatable {
  private static let version: UInt8 = 2
  /// A tally at its largest, and a salt.
  static let byteLimit = Tally.byteLimit + 2_048

  var stage: Stage
  var from: Int
  var milliseconds: Int
  /// The tally, encoded.
  var tally: [UInt8]

  var encoded: [UInt8] {
    var writer = VarintWriter()
    writer.put(byte: Self.version)
    stage.put(into: &writer)
    writer.put(from)
    writer.put(milliseconds)
    writer.append(tally)
    return writer.bytes
  }

  /// With its tally, which has to be read to know that it can be.
  static func decode(_ bytes: [UInt8]) throws(CodecFault) -> (segment: Segment, tally: Tally) {
    guard bytes.count <= byteLimit else { throw .outOfRange }
    var reader = VarintReader(bytes)
    guard try reader.byte() == version else { throw .unknownVersion }
    let stage = try Stage(from: &reader)
    let from = try reader.number(atMost: ClockReading.limit)
    let milliseconds = try reader.number(atMost: 86_400_000)
    let rest = reader.rest
    let tally = try Tally(encoded: rest)
    return (Segment(stage: stage, from: from, milliseconds: milliseconds, tally: rest), tally)
  }
}
