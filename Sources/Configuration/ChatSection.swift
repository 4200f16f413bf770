import YAML

/// The section `chat`: how `turnout smoke` and `validate` talk to the application, and the test users. An option of the
/// command line overrides it.
package struct ChatSettings: Sendable, Equatable {
  /// The chat of one role. Nil: the default of the command.
  package struct Role: Sendable, Equatable {
    package var path: String?
    /// `Name: value`; nil: those of the sample application, or none with a login.
    package var headers: [String]?
    /// Members of the request: the message, and the conversation.
    package var message: String?
    package var sentConversation: String?
    /// Members of the response, with a dot between the names of a path.
    package var reply: [String]?
    package var conversation: [String]?
  }

  package struct Identity: Sendable, Equatable {
    package var path = ""
    package var member = ["id"]
  }

  package struct Login: Sendable, Equatable {
    package var method = "POST"
    package var path = ""
    package var headers: [String]?
    package var body = ""
    package var passwordVariable: String?
    /// Resolved against the folder of the file.
    package var passwordFile: String?
    package var token: [String]?
  }

  package struct User: Sendable, Equatable {
    package var id = ""
    package var login: String?
    /// `client` or `admin`; nil: both.
    package var role: String?
  }

  package var client = Role()
  package var admin = Role()
  package var identity: Identity?
  package var login: Login?
  package var users: [User] = []
  /// Whether an error in the section hides what is meant.
  package var isUnclear = false

  package init() {}
}

extension DocumentReader {
  static let chatKeys = ["client", "admin", "identity", "login", "users"]
  static let chatRoleKeys = ["path", "headers", "request", "response"]
  static let chatLoginKeys = ["method", "path", "headers", "body", "password_variable", "password_file", "token"]
  private static let mostUsers = 64

  mutating func readChat(_ top: Section, into settings: inout ChatSettings) {
    let known = problems.count
    defer { settings.isUnclear = problems.count > known }
    guard let section = section(top.values["chat"], at: "chat", known: Self.chatKeys) else { return }
    readChat("client", of: section, into: &settings.client)
    readChat("admin", of: section, into: &settings.admin)
    if let own = self.section(section.values["identity"], at: "chat.identity", known: ["path", "member"]) {
      var identity = ChatSettings.Identity()
      read("path", of: own, as: .target, into: &identity.path)
      read("member", of: own, as: .member, into: &identity.member)
      require(identity.path, "path", of: own)
      settings.identity = identity
    }
    readLogin(section, into: &settings.login)
    guard let items = items(section.values["users"], at: "chat.users", of: "users", atMost: Self.mostUsers) else {
      return
    }
    for (index, item) in items.enumerated() {
      guard let own = self.section(item, at: "chat.users[\(index)]", known: ["id", "login", "role"]) else { continue }
      var user = ChatSettings.User()
      read("id", of: own, as: .line, into: &user.id)
      read("login", of: own, as: .optionalLine, into: &user.login)
      read("role", of: own, as: .role, into: &user.role)
      require(user.id, "id", of: own)
      settings.users.append(user)
    }
  }

  private mutating func readChat(_ name: String, of chat: Section, into role: inout ChatSettings.Role) {
    guard let own = section(chat.values[name], at: chat.prefix + name, known: Self.chatRoleKeys) else { return }
    read("path", of: own, as: .optionalTarget, into: &role.path)
    role.headers = headers(own)
    if let request = section(own.values["request"], at: own.prefix + "request", known: ["message", "conversation"]) {
      read("message", of: request, as: .optionalLine, into: &role.message)
      read("conversation", of: request, as: .optionalLine, into: &role.sentConversation)
    }
    if let response = section(own.values["response"], at: own.prefix + "response", known: ["reply", "conversation"]) {
      read("reply", of: response, as: .optionalMember, into: &role.reply)
      read("conversation", of: response, as: .optionalMember, into: &role.conversation)
    }
  }

  private mutating func readLogin(_ chat: Section, into settings: inout ChatSettings.Login?) {
    guard let own = section(chat.values["login"], at: "chat.login", known: Self.chatLoginKeys) else { return }
    var login = ChatSettings.Login()
    read("method", of: own, as: .method, into: &login.method)
    read("path", of: own, as: .target, into: &login.path)
    login.headers = headers(own)
    read("body", of: own, as: .line, into: &login.body)
    read("password_variable", of: own, as: .optionalLine, into: &login.passwordVariable)
    var file = ""
    read("password_file", of: own, as: .filePath, into: &file)
    if !file.isEmpty { login.passwordFile = besideFile(file) }
    read("token", of: own, as: .optionalMember, into: &login.token)
    require(login.path, "path", of: own)
    settings = login
  }

  private mutating func headers(_ section: Section) -> [String]? {
    let key = section.prefix + "headers"
    return items(section.values["headers"], at: key, of: "header fields", atMost: 32).map {
      values(of: $0, at: key, as: .line)
    }
  }

  private mutating func require(_ text: String, _ name: String, of section: Section) {
    guard text.isEmpty, section.values[name] == nil else { return }
    report(section.prefix + name, line: section.line, "is missing")
  }
}

extension Scalar where Value == String {
  fileprivate static var line: Scalar {
    Scalar("text of 1 to 1024 bytes on one line") { text in
      (1...1_024).contains(text.utf8.count) && text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) ? text : nil
    }
  }

  fileprivate static var target: Scalar {
    Scalar("a path such as /api/chat") { text in
      text.hasPrefix("/") && text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) ? text : nil
    }
  }

  fileprivate static var method: Scalar { Scalar("POST or GET") { ["POST", "GET"].contains($0) ? $0 : nil } }
}

extension Scalar where Value == String? {
  fileprivate static var optionalLine: Scalar {
    Scalar(Scalar<String>.line.expected) { Scalar<String>.line.parse($0).map { .some($0) } }
  }

  fileprivate static var optionalTarget: Scalar {
    Scalar(Scalar<String>.target.expected) { Scalar<String>.target.parse($0).map { .some($0) } }
  }

  fileprivate static var role: Scalar {
    Scalar("client or admin") { ["client", "admin"].contains($0) ? .some($0) : nil }
  }
}

extension Scalar where Value == [String] {
  /// `id` or `data.id`.
  fileprivate static var member: Scalar {
    Scalar("the name of a member, such as id or data.id") { text in
      let names = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      return names.allSatisfy { !$0.isEmpty } ? names : nil
    }
  }
}

extension Scalar where Value == [String]? {
  fileprivate static var optionalMember: Scalar {
    Scalar(Scalar<[String]>.member.expected) { Scalar<[String]>.member.parse($0).map { .some($0) } }
  }
}
