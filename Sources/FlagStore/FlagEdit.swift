package import Flags

/// What an operator does to a flag.
package enum FlagEdit: Sendable, Equatable {
  /// A new percentage. A killed flag stays killed and remembers it.
  case set(Percentage)
  /// Everyone to `legacy`; the percentage is remembered.
  case kill
  /// Back to the remembered percentage.
  case restore

  /// The flag after the edit. Revision, time and author are the store's to write.
  package func apply(to flag: Flag) -> Flag {
    var result = flag
    switch self {
    case .set(let percentage): result.percentage = percentage
    case .kill: result.isEnabled = false
    case .restore: result.isEnabled = true
    }
    return result
  }
}
