internal import Bytes
internal import Flags

/// The header lines that are the same for all requests of a flag and cohort under one generation, made once for each
/// generation and copied whole into every head.
struct RoutingHeaders: ~Copyable {
  private var lines: Slab<Lines>
  /// The generation of the lines. A response gets the one that its request was decided by.
  private(set) var generation: UInt64 = 0
  private let addsToResponses: Bool

  struct Lines: ~Copyable {
    let prefix: FixedBytes
    /// A flag's name has at most 128 bytes, a generation 20 digits.
    var text = ByteWriter(capacity: 512)

    init(prefix: String) { self.prefix = FixedBytes(prefix) }

    mutating func update(generation: UInt64) {
      text.removeAll()
      text.append(prefix)
      RoutingHeaders.append(generation: generation, to: &text)
    }
  }

  /// `constant` are the lines of every request: Via and, where only the proxy says it, X-Forwarded-Proto.
  init(flagNames: [String], constant: String, addsToResponses: Bool) {
    self.addsToResponses = addsToResponses
    lines = Slab(capacity: (flagNames.count + 1) * 2) { index in
      let cohort = index & 1 == 0 ? "legacy" : "unified"
      let flag = index / 2 < flagNames.count ? "\r\nX-Turnout-Flag: \(flagNames[index / 2])" : ""
      return Lines(prefix: "\(constant)X-Turnout-Cohort: \(cohort)\(flag)")
    }
  }

  mutating func update(generation: UInt64) {
    self.generation = generation
    for index in 0..<lines.count { lines[index].update(generation: generation) }
  }

  private static func append(generation: UInt64, to writer: inout ByteWriter) {
    writer.append("\r\nX-Turnout-Generation: ")
    writer.append(decimal: generation)
    writer.append("\r\n")
  }

  @inline(__always)
  func appendRequestLines(group: Int, cohort: Cohort, to head: inout ByteWriter) {
    head.append(lines[group &* 2 &+ Int(cohort.rawValue)].text)
  }

  @inline(__always)
  func appendResponseLines(cohort: Cohort, generation: UInt64, to head: inout ByteWriter) {
    guard addsToResponses else { return }
    head.append(cohort == .legacy ? "X-Turnout-Cohort: legacy" : "X-Turnout-Cohort: unified")
    Self.append(generation: generation, to: &head)
  }
}
