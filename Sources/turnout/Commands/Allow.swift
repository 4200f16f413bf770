import ArgumentParser
import FlagStore

/// Users to unified by name.
struct Allow: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Send these users to unified, whatever the percentage.",
    discussion: "They leave the list of deny. A kill goes before both lists. \(UserOptions.discussion)")

  @OptionGroup var users: UserOptions
  @OptionGroup var options: ChangeOptions

  func run() throws {
    let users = try users.checked()
    try FlagChange(self.users.remove ? .forget(users) : .allow(users), options).run()
  }
}

/// Users to legacy by name.
struct Deny: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Keep these users in legacy, whatever the percentage.",
    discussion: "They leave the list of allow. \(UserOptions.discussion)")

  @OptionGroup var users: UserOptions
  @OptionGroup var options: ChangeOptions

  func run() throws {
    let users = try users.checked()
    try FlagChange(self.users.remove ? .forget(users) : .deny(users), options).run()
  }
}

/// The users whom `allow` and `deny` name.
struct UserOptions: ParsableArguments {
  static let discussion = "With - as a user, users are read from standard input, one on each line."

  @Argument(help: ArgumentHelp("User keys, as in X-User-Id; - reads them from standard input.", valueName: "user"))
  var users: [String]

  @Flag(help: "Take them off both lists: their bucket decides again.")
  var remove = false

  /// Each of them a user key, or nothing is done.
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
        .usage, "\"\(shown)\" is no user key: 1 to \(FlagLimits.userBytes) bytes of UTF-8. Nothing was changed.")
    }
    return key
  }
}
