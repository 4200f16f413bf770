import Foundation
import TestSupport

/// A line of the access log, as a program reads it.
struct AccessLine {
  private let object: [String: Any]

  /// Nil for what is no JSON object.
  init?(_ line: Substring) {
    guard let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else { return nil }
    self.object = object
  }

  /// Empty when it is not there.
  subscript(key: String) -> String { object[key] as? String ?? "" }

  /// -1 when it is not there.
  func number(_ key: String) -> Double { (object[key] as? NSNumber)?.doubleValue ?? -1 }

  var keys: Set<String> { Set(object.keys) }
}

extension ProxyProcess {
  /// All lines of an access log in its folder.
  func accessLog(_ name: String = "access.log") throws -> [AccessLine] {
    try folder.text(name).split(separator: "\n").map { line in
      guard let line = AccessLine(line) else { throw SetupError("no line of an access log: \(line)") }
      return line
    }
  }

  /// The lines when there are that many, or what there is after a while.
  func accessLog(of count: Int) throws -> [AccessLine] {
    try eventually { try accessLog().count >= count }
    return try accessLog()
  }
}
