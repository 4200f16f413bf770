import Admin

/// What a person must know before trusting a proxy: that it decides by what it knew a while ago.
enum StaleWarning {
  /// Nil while the store and the proxy say the same.
  /// A brief one leaves the reason to what was printed before it.
  static func text(_ status: StatusDocument, flag: String? = nil, isBrief: Bool = false) -> String? {
    let source = status.flagSource
    let seconds = source.staleSeconds ?? 0
    guard !source.valid || seconds > 0 else { return nil }
    let error = isBrief ? "" : source.error.map { ": " + Console.printable($0) } ?? ""
    let known = status.flags.first { flag == nil || $0.name == flag }
    let revision = known.map { "revision \($0.revision)" } ?? "generation \(status.generation)"
    let what =
      source.away == false
      ? "the proxy has refused what is in the store for \(seconds) s"
      : "the proxy has not heard from the store for \(seconds) s"
    return "warning: \(what)\(error); it decides by \(revision)"
  }

  /// On standard error.
  static func print(_ status: StatusDocument, flag: String? = nil, isBrief: Bool = false) {
    if let text = text(status, flag: flag, isBrief: isBrief) { Console.complain(text) }
  }
}
