import Admin
import FlagStore

/// What is in force, and whether what is shown can be trusted.
extension Frame {
  func addHeader(to rows: inout FrameRows) {
    rows.add([headline], rank: Rank.headline)
    rows.add(trouble, rank: Rank.trouble)
    rows.add([facts], rank: Rank.facts)
    for alert in alerts { rows.add(wrapped(alert.text, alert.tone), rank: Rank.alert) }
  }

  private func wrapped(_ text: String, _ tone: Tone) -> [StyledLine] {
    Column.wrapped(state.shown(text), size.columns).map { StyledLine($0, tone) }
  }

  /// By the status where there is one, which knows why nobody is in unified.
  private var headline: StyledLine {
    let isOn = state.flag?.enabled ?? state.comparison?.enabled ?? true
    let known = state.comparison.map { ComparisonReport.headline($0, width: size.columns) } ?? "turnout watch"
    let text = state.shown(state.flag.map { StatusReport.headline(of: $0) } ?? known)
    return StyledLine(cutName(text), isOn ? .strong : .bad)
  }

  /// The state behind the name is what must be seen.
  private func cutName(_ text: String) -> String {
    guard text.count > size.columns, let gap = text.firstRange(of: "  ") else { return text }
    let (name, state) = (String(text[..<gap.lowerBound]), String(text[gap.lowerBound...]))
    let room = max(8, size.columns - state.count)
    return (name.count > room ? "\(name.prefix(room - 1))~" : name) + state
  }

  private var trouble: [StyledLine] {
    guard let error = state.trouble else {
      return state.status == nil ? [StyledLine("asking \(state.shown(state.place)) ...", .faint)] : []
    }
    let age = state.ageSeconds.map { "; what is shown is \(Column.duration(seconds: $0)) old" } ?? ""
    let what: String
    switch error {
    case .unreachable(let reason): what = "NO ANSWER from \(state.place): \(reason)\(age). Trying again."
    case .unexpected(let reason): what = "NO ADMIN PORT at \(state.place): \(reason)\(age). Trying again."
    case .refused(_, let reason): what = "THE PROXY DOES NOT COMPARE: \(reason)\(age). Trying again."
    }
    return wrapped(what, .bad)
  }

  /// As many as fit, the most important first.
  private var facts: StyledLine {
    var facts: [String] = []
    if let document = state.comparison {
      let time = Column.duration(seconds: Int(clamping: Int64(exactly: document.seconds.rounded()) ?? 0))
      facts.append(document.scope == "stage" ? "stage \(time)" : "last \(time)")
      let silent = document.silentProxies.isEmpty ? "" : " + \(document.silentProxies.count) silent"
      facts.append(counted(document.proxies, "prox", one: "y", many: "ies") + silent)
    }
    if let revision = state.flag?.revision ?? state.comparison?.revision { facts.append("revision \(revision)") }
    if let status = state.status { facts.append("generation \(status.generation)") }
    if let document = state.comparison { facts.append("since \(state.shown(String(document.from.prefix(32))))") }
    var text = ""
    for fact in facts {
      let longer = text.isEmpty ? fact : "\(text), \(fact)"
      if longer.count <= size.columns { text = longer }
    }
    return StyledLine(text, .faint)
  }

  private var alerts: [(text: String, tone: Tone)] {
    var alerts: [(text: String, tone: Tone)] = []
    if let status = state.status {
      if let kill = status.flagSource.localKill {
        alerts.append(("KILLED LOCALLY by \(kill.by), \(Age.text(of: kill.at, now: state.now))", .bad))
      }
      if status.flagSource.storeLost == true { alerts.append(("STORE LOST: everyone goes to legacy", .bad)) }
      if status.draining { alerts.append(("DRAINING: the proxy ends", .warning)) }
      if let stale = StaleWarning.text(status, flag: state.comparison?.flag) { alerts.append((stale, .warning)) }
    }
    if let document = state.comparison {
      alerts += ComparisonNotes(document: document).alerts.map { ($0, .warning) }
    }
    return alerts
  }
}
