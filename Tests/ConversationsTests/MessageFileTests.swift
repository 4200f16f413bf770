import Conversations
import Foundation
import TestSupport
import Testing

@Suite("Messages in a file of lines")
struct MessageFileTests {
  private let folder: TemporaryFolder
  private var path: String { folder.file("messages.jsonl") }

  init() throws { folder = try TemporaryFolder() }

  private func contents(_ messages: [Message]) -> [String] { messages.map { $0.content.text ?? "?" } }

  private func write(_ lines: [String], end: String = "\n") throws {
    try Data((lines.joined(separator: "\n") + end).utf8).write(to: URL(filePath: path))
  }

  @Test(
    "What the log writes, the source finds: the last ten of each user, the oldest first, in the order of the owners")
  func writtenAndRead() throws {
    let log = try MessageLocation(parsing: path).log()
    let users = ["42", "a:b\"c\\", "Zoë 🚂"]
    for turn in 0..<25 {
      for (place, user) in users.enumerated() where turn < place * 12 + 3 {
        try log.append(Message(.user, "\(user) \(turn)\n\u{7}", at: 1_000 + turn), of: ContextOwner(.client, user))
      }
    }
    try log.append(
      Message(json: Array(#"{"role":"user","content":"","more":[1, 2]}"#.utf8)), of: ContextOwner(.admin, "42"))
    let source = try MessageLocation(parsing: path).source()
    #expect(source.invalidLines == InvalidLines())
    let owners = [ContextOwner(.admin, "42"), ContextOwner(.admin, "a")] + users.map { ContextOwner(.client, $0) }
    let found = try source.last(10, of: owners)
    #expect(found[0] == [Message(json: Array(#"{"role":"user","content":"","more":[1, 2]}"#.utf8))])
    #expect(found[1].isEmpty)
    #expect(found[2] == (0..<3).map { Message(.user, "42 \($0)\n\u{7}", at: 1_000 + $0) })
    #expect(found[3] == (5..<15).map { Message(.user, "a:b\"c\\ \($0)\n\u{7}", at: 1_000 + $0) })
    #expect(found[4] == (15..<25).map { Message(.user, "Zoë 🚂 \($0)\n\u{7}", at: 1_000 + $0) })
    #expect(try contents(source.last(2, of: [ContextOwner(.client, "42")])[0]) == ["42 1\n\u{7}", "42 2\n\u{7}"])
  }

  @Test("Broken lines are counted and named, and all others are read")
  func broken() throws {
    let long = #"{"channel":"client","user_id":"1","role":"user","content":""# + String(repeating: "x", count: 17 << 20)
    try write(
      [
        #"{"channel":"client","user_id":1,"role":"user","content":"first","at":2}"#, "", "{", long + "\"}", "  \r",
        #"{"channel":"guest","user_id":"1","role":"user","content":"x"}"#,
        #"{"channel":"client","user_id":"","role":"user","content":"x"}"#,
        #"{"channel":"client","user_id":"1","role":"user","content":7}"#,
        #"{"channel":"client","user_id":"1","role":"user","content":"second","at":1}"# + "\r",
        #"{"channel":"client","user_id":"1","role":"us"#,
      ], end: "")
    let source = try MessageFile(path)
    #expect(source.invalidLines.count == 6)
    #expect(source.invalidLines.first.map(\.number) == [3, 4, 6, 7, 8, 10])
    #expect(source.invalidLines.first[1].reason == "longer than 16777215 bytes")
    #expect(source.invalidLines.first[2].reason.contains("channel"))
    // By time, where the file is not in the order of times.
    #expect(try contents(source.last(10, of: [ContextOwner(.client, "1")])[0]) == ["second", "first"])
  }

  @Test("A file that is shortened while it is read is no silence; one that is replaced is read on")
  func changed() throws {
    let line = #"{"channel":"client","user_id":"1","role":"user","content":"x","at":1}"#
    let owner = [ContextOwner(.client, "1")]
    try write([line])
    let source = try MessageFile(path)
    try FileManager.default.removeItem(atPath: path)
    try write(["something else"])
    #expect(try contents(source.last(10, of: owner)[0]) == ["x"])
    try write([line])
    let other = try MessageFile(path)
    truncate(path, 5)
    #expect(throws: MessageSourceError.changed(path)) { try other.last(10, of: owner) }
    #expect { try MessageFile(folder.file("nowhere")) } throws: { "\($0)".contains("No such file") }
  }

  @Test("After a torn line the log begins a new one")
  func torn() throws {
    try write([#"{"channel":"cli"#], end: "")
    try MessageLocation(parsing: path).log().append(Message(.user, "whole", at: 1), of: ContextOwner(.client, "1"))
    let source = try MessageFile(path)
    #expect(source.invalidLines.first.map(\.number) == [1])
    #expect(try contents(source.last(10, of: [ContextOwner(.client, "1")])[0]) == ["whole"])
  }

  @Test("A place is an address or a path; what is wrong is said without the password")
  func places() throws {
    #expect(try MessageLocation(parsing: "a/b.jsonl") == .file("a/b.jsonl"))
    #expect(try "\(MessageLocation(parsing: "mariadb://u:secret@h/d"))" == "mysql://u:***@h:3306/d")
    for (text, part) in [
      ("", "empty"), ("postgres://u:secret@h/d", "postgres://"), ("mysql://u:secret@h", "no database"),
      ("mysql://h/d", "no user"),
    ] {
      #expect { try MessageLocation(parsing: text) } throws: { "\($0)".contains(part) && !"\($0)".contains("secret") }
    }
  }
}
