import Flags
import Foundation
import TestSupport
import Testing

@testable import FlagStore

/// The default name is that of the flag file, which most tests of this target are about.
extension TemporaryFolder {
  func file() -> String { file("flags.json") }
  func text() -> String { text("flags.json") }
  func write(_ text: String) throws { try write(text, to: "flags.json") }

  /// In place, as careless editors do: truncate, write, close.
  func overwrite(_ text: String, in name: String = "flags.json") throws {
    try text.write(toFile: file(name), atomically: false, encoding: .utf8)
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
