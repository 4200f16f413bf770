import Configuration
import Conversations

/// A valid layout, in a few lines.
struct LayoutReport {
  let layout: Layout

  private var roles: [RoleLayout] { ContextRole.allCases.compactMap { layout.roles[$0] } }

  var text: String {
    var lines = ["The layout \(layout.name) is valid."]
    for role in roles {
      let rows: [(String, String)] = [
        ("legacy", role.legacy.keys.map(\.text).joined(separator: ", ") + " (\(role.legacy.form.rawValue))"),
        ("unified", role.unified.key.text), ("current", current(role)), ("ids", ids(role)),
        ("messages", messages(role)), ("members", members(role)), ("made new", madeNew(role)),
      ]
      lines.append("\(role.role.rawValue), \(counted(role.lifetime, "second")) after the last use")
      lines += rows.map { "  " + Column.left($0, 10) + $1 }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func current(_ role: RoleLayout) -> String {
    role.unified.pointer.map { "the one that \($0.text) names" } ?? "the one with the latest activity"
  }

  private func ids(_ role: RoleLayout) -> String {
    switch role.conversations?.rows {
    case .all: "from a query, each of its rows"
    case .newest: "from a query, its first row"
    case nil: "derived from the legacy key"
    }
  }

  private func messages(_ role: RoleLayout) -> String {
    let sources = [
      role.messages.map { _ in "from a query" }, role.legacy.messages.map { "in the legacy member \($0.text)" },
    ].compactMap(\.self)
    return (sources.isEmpty ? "none" : sources.joined(separator: ", else "))
      + "; the last \(role.unified.historyLimit) are kept"
  }

  private func members(_ role: RoleLayout) -> String {
    let both = role.members.count { $0.legacy != nil && $0.unified != nil }
    return "\(both) both ways, \(role.members.count - both) of one side"
  }

  private func madeNew(_ role: RoleLayout) -> String {
    role.legacy.template == nil ? "no template: a missing legacy value is not made" : "from the template"
  }

  func text(of sample: LayoutSample, _ key: String) -> String {
    let kind = sample.side == .legacy ? "a legacy context" : "a conversation"
    var lines = [
      "",
      "\(Console.printable(key)) is \(kind) of \(sample.role.rawValue) \(Console.printable(sample.user)). It would become",
    ]
    lines += sample.made.map { "  \(Console.printable($0.name))  \(Console.printable($0.text))" }
    if sample.changes.isEmpty {
      lines.append("and back: every byte as it was.")
    } else {
      lines.append("and back: \(counted(sample.changes.count, "member")) would change")
      lines += sample.changes.map { change in
        let (before, after) = (change.before ?? "missing", change.after ?? "missing")
        return "  \(Console.printable("\(change.member)  \(before)  ->  \(after)"))"
      }
    }
    if !sample.unknown.isEmpty {
      lines.append(
        "Not in the layout, so they stay where they are: \(Console.printable(sample.unknown.joined(separator: ", ")))")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

/// The document of `layout check --json`.
struct LayoutDocument: Encodable {
  struct Sample: Encodable {
    struct Change: Encodable {
      let member: String
      /// Only if it was there.
      let before: String?
      let after: String?
    }

    let key: String
    let role: String
    let user: String
    /// `legacy` or `unified`
    let side: String
    let made: [String: String]
    let changes: [Change]
    let unknown: [String]

    init(_ key: String, _ sample: LayoutSample) {
      self.key = key
      (role, user, side) = (sample.role.rawValue, sample.user, sample.side.rawValue)
      made = Dictionary(sample.made.map { ($0.name, $0.text) }) { first, _ in first }
      changes = sample.changes.map { Change(member: $0.member, before: $0.before, after: $0.after) }
      unknown = sample.unknown
    }
  }

  let layout: String
  let roles: [String]
  /// Only with --sample.
  let sample: Sample?

  init(_ layout: Layout, _ sample: Sample?) {
    self.layout = layout.name
    roles = ContextRole.allCases.filter { layout.roles[$0] != nil }.map(\.rawValue)
    self.sample = sample
  }
}
