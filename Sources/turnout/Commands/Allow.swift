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
