internal import Bytes
internal import Flags

/// The header lines that are the same for all requests of a flag and cohort under one generation, made once for each
/// generation and copied whole into every head.
struct RoutingHeaders: ~Copyable {
  private let requests: Slab<ByteWriter>
  /// Of the flags that requests are stamped with now; an answer is stamped with the one that its request was decided by.
  private(set) var generation: UInt64 = 0
  private let flagNames: Slab<FixedBytes>
  /// Via and, where it is always ours to say, X-Forwarded-Proto.
  private let constant: FixedBytes
  private let stampsAnswers: Bool

  /// A flag's name has at most 128 bytes, a generation 20 digits.
  private static let longest = 512

  init(flagNames: [String], constant: FixedBytes, stampsAnswers: Bool) {
    self.flagNames = Slab(capacity: flagNames.count) { FixedBytes(flagNames[$0]) }
    self.constant = constant
    self.stampsAnswers = stampsAnswers
    let count = (flagNames.count + 1) * 2
    requests = Slab(capacity: count) { _ in ByteWriter(capacity: Self.longest) }
  }

  deinit {
    requests.deallocate(initialized: requests.capacity)
    flagNames.deallocate(initialized: flagNames.capacity)
  }

  /// Makes all lines anew for `generation`.
  mutating func update(generation: UInt64) {
    self.generation = generation
    for index in 0..<requests.capacity {
      let cohort: StaticString = index & 1 == 0 ? "legacy" : "unified"
      let group = index / 2
      requests[index].removeAll()
      requests[index].append(constant.bytes)
      requests[index].append("X-Turnout-Cohort: ")
      requests[index].append(cohort)
      if group < flagNames.capacity {
        requests[index].append("\r\nX-Turnout-Flag: ")
        requests[index].append(flagNames[group].bytes)
      }
      Self.append(generation: generation, to: &requests[index])
    }
  }

  private static func append(generation: UInt64, to writer: inout ByteWriter) {
    writer.append("\r\nX-Turnout-Generation: ")
    writer.append(decimal: generation)
    writer.append("\r\n")
  }

  @inline(__always)
  func appendRequestLines(group: Int, cohort: Cohort, to head: inout ByteWriter) {
    head.append(requests[group &* 2 &+ Int(cohort.rawValue)].bytes)
  }

  @inline(__always)
  func appendAnswerLines(cohort: Cohort, generation: UInt64, to head: inout ByteWriter) {
    guard stampsAnswers else { return }
    head.append(cohort == .legacy ? "X-Turnout-Cohort: legacy" : "X-Turnout-Cohort: unified")
    Self.append(generation: generation, to: &head)
  }
}
