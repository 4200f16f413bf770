package import Redis

/// What a Redis server says of itself (INFO): lines of `name:value`.
package struct ServerFacts: Sendable, Equatable {
  private var values: [String: String] = [:]

  package init(info text: String) {
    for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      values[String(line[..<colon])] = String(line[line.index(after: colon)...])
    }
  }

  package subscript(_ name: String) -> String? { values[name] }

  package func number(_ name: String) -> Int? { values[name].flatMap { Int($0) } }

  package func isSet(_ name: String) -> Bool { values[name] == "1" }

  /// All of it, by one INFO.
  package static func read(_ connection: inout RedisConnection) throws(CheckFault) -> ServerFacts {
    do throws(RedisError) { return ServerFacts(info: try connection.command("INFO").text ?? "") } catch {
      throw CheckFault(error, or: "Allow the user INFO with ACL SETUSER ... +info.")
    }
  }
}

extension CheckFault {
  /// The texts of Redis' errors end in what to do, if there is something.
  init(_ error: RedisError, or advice: String = "Look into the log of Redis, then try again.") {
    self.init(sentence: error.description, or: advice)
  }

  /// What stands behind the first full stop is the advice.
  init(sentence: String, or advice: String) {
    guard let stop = sentence.firstRange(of: ". ") else {
      self.init(sentence, advice: advice)
      return
    }
    self.init(
      String(sentence[..<stop.lowerBound]), advice: String(sentence[stop.upperBound...]) + ".")
  }
}

extension CheckOutcome {
  static func fail(_ fault: CheckFault) -> CheckOutcome { .fail(fault.found, advice: fault.advice) }
}
