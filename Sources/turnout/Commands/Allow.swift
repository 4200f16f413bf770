import ArgumentParser
import FlagStore

/// Sends users to unified by name.
struct Allow: ParsableCommand {
  static let configuration = CommandConfiguration.subcommand(
    "allow", "Send these users to unified, whatever the percentage.", usage: "<user> ... [--remove] [<options>]",
    discussion: "They are removed from the deny list. A kill overrides both lists. \(UserOptions.discussion)",
    examples: [
      #"turnout allow anna bob --reason "first testers""#,
      "turnout allow anna --remove",
      "turnout allow - < users.txt",
    ])

  @OptionGroup var users: UserOptions
  @OptionGroup var options: ChangeOptions

  func run() throws {
    let users = try users.checked()
    try FlagChange(self.users.remove ? .forget(users) : .allow(users), options).run()
  }
}

/// Keeps users in legacy by name.
struct Deny: ParsableCommand {
  static let configuration = CommandConfiguration.subcommand(
    "deny", "Keep these users in legacy, whatever the percentage.", usage: "<user> ... [--remove] [<options>]",
    discussion: "They are removed from the allow list. \(UserOptions.discussion)",
    examples: [
      #"turnout deny anna --reason "asked to wait""#,
      "turnout deny anna --remove",
    ])

  @OptionGroup var users: UserOptions
  @OptionGroup var options: ChangeOptions

  func run() throws {
    let users = try users.checked()
    try FlagChange(self.users.remove ? .forget(users) : .deny(users), options).run()
  }
}

/// The users of `allow` and `deny`.
struct UserOptions: ParsableArguments {
  static let discussion = "The user - reads users from standard input, one per line."

  @Argument(help: ArgumentHelp("User keys, as in X-User-Id; - reads standard input.", valueName: "user"))
  var users: [String]

  @Flag(help: "Remove them from both lists: their bucket decides again.")
  var remove = false

  /// All users; one invalid user key ends the command before anything changes.
  func checked() throws -> [String] {
    var checked: [String] = []
    for user in users {
      guard user == "-" else {
        checked.append(try Self.key(Array(user.utf8)))
        continue
      }
      for line in StandardInput() where !line.isEmpty { checked.append(try Self.key(line)) }
    }
    guard !checked.isEmpty else { throw failure(.usage, "No users were given; nothing was changed.") }
    return checked
  }

  private static func key(_ bytes: [UInt8]) throws -> String {
    guard (1...FlagLimits.userBytes).contains(bytes.count), let key = String(validating: bytes, as: UTF8.self) else {
      let shown = Console.printable(String(String(decoding: bytes, as: UTF8.self).prefix(40)))
      throw failure(
        .usage, "\"\(shown)\" is not a user key: 1 to \(FlagLimits.userBytes) bytes of UTF-8. Nothing was changed.")
    }
    return key
  }
}
