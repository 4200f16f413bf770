import Flags
import Foundation
import Testing

@testable import FlagStore

/// A folder that is removed with the test.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "flagstore-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String = "flags.json") -> String { path + "/" + name }

  /// In place: truncate, write, close.
  func write(_ text: String, to name: String = "flags.json") throws {
    try text.write(toFile: file(name), atomically: false, encoding: .utf8)
  }

  /// As an editor does that renames.
  func replace(_ text: String, to name: String = "flags.json") throws {
    try write(text, to: name + ".new")
    try move(name + ".new", to: name)
  }

  func move(_ name: String, to other: String) throws {
    try #require(rename(file(name), file(other)) == 0)
  }

  func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(atPath: file(name), withDestinationPath: target)
  }

  func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(atPath: file(name), withIntermediateDirectories: true)
  }

  func remove(_ name: String = "flags.json") throws { try FileManager.default.removeItem(atPath: file(name)) }

  func text(_ name: String = "flags.json") throws -> String { try String(contentsOfFile: file(name), encoding: .utf8) }

  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }
}

extension FlagDocument {
  init(_ text: String) throws(FlagStoreError) { try self.init(parsing: Array(text.utf8), file: "flags.json") }
}

extension FlagSource {
  /// Stores the edit over the flag as it is, also when it changes nothing.
  @discardableResult
  func edit(
    flag name: String, _ edit: FlagEdit, signed: Signature
  ) throws(FlagStoreError) -> (before: Flag, after: Flag) {
    let before = try flag(named: name)
    return (before, try store(edit, of: before, signed: signed))
  }
}

extension FlagFile {
  @discardableResult
  func edit(flag name: String, by author: String, reason: String?, now: Int, change: FlagEdit) throws(FlagStoreError)
    -> Flag
  {
    try edit(flag: name, change, signed: Signature(by: author, from: "test", reason: reason, at: now)).after
  }
}
