/// What a clean-up came to so far.
package struct CleanupTally: Sendable, Equatable, Codable {
  /// Keys of the layout that were seen.
  package var found = 0
  package var removed = 0
  /// Written, or given another expiry, after they were dumped: they stay.
  package var writtenMeanwhile = 0
  /// Expired, or removed by others, before their turn.
  package var gone = 0
  /// Larger than can be put back: they stay.
  package var tooLarge = 0
  /// With the prefix of the layout, but not of it: they stay.
  package var foreign = 0
  /// Of what was found, in bytes as Redis estimates them (MEMORY USAGE).
  package var bytes = 0
  package var withoutExpiry = 0
  /// How many of each type, as TYPE names it.
  package var types: [String: Int] = [:]
  /// Nil: nothing was to dump.
  package var dump: String?
  package var dumpBytes = 0

  package init() {}

  enum CodingKeys: String, CodingKey {
    case found, removed, gone, foreign, bytes, types, dump
    case writtenMeanwhile = "written_meanwhile"
    case tooLarge = "too_large"
    case withoutExpiry = "without_expiry"
    case dumpBytes = "dump_bytes"
  }
}
