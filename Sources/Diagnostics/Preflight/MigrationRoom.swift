internal import Conversations

/// How much memory a full migration takes besides, since it keeps both layouts for a while.
///
/// A conversation is four keys, each with its own expense. Measured: 2000 contexts with 0 to 10 messages, 650 bytes each on
/// the average, grew by 2.6 times their own bytes. Large contexts grow by less, those whose messages come from a table by more.
struct MigrationRoom: Equatable {
  static let factor = 2.5

  /// Bytes.
  var bytes: Int
  /// What it was reckoned from, for people.
  var text: String

  /// Nil where the size of a key is not known.
  init?(_ state: ContextsState) {
    let kinds: [ContextKeyKind] = [.legacyCustomer, .legacyAdmin]
    let keys = kinds.reduce(0) { $0 + state.keys($1) }
    var legacy = 0
    for kind in kinds {
      guard let bytes = state.bytes(kind) else { return nil }
      legacy += bytes
    }
    bytes = Int(Double(legacy) * Self.factor)
    text =
      keys == 0
      ? "no legacy contexts to migrate"
      : "a full migration takes about \(Amount.bytes(bytes)) more (\(Amount.count(keys)) legacy keys x "
        + "\(Amount.bytes(legacy / keys)) x \(Amount.fixed(Self.factor, 1)))"
  }

  /// Where nothing is known of the contexts: the guide's alarm stands at +50 %.
  init(used: Int) {
    bytes = used / 2
    text = "the contexts could not be sized, so that half as much again is assumed"
  }
}
