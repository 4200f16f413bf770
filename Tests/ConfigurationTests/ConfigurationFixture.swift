import Foundation
import Proxy
import TestSupport

@testable import Configuration

/// The least that a file must say.
let cohorts = """
  cohorts:
    legacy: {servers: [http://127.0.0.1:9001]}
    unified: {servers: [http://127.0.0.1:9002]}

  """

let flagPlace = "the path of a file, redis://HOST:PORT/DB, rediss://HOST:PORT/DB or unix:/PATH?db=N"

/// What is wrong with `text` as the content of turnout.yaml, line by line as an operator reads it.
func complaints(_ text: String, _ overrides: Overrides = Overrides()) -> [String] {
  do throws(ConfigurationError) {
    var (configuration, problems) = try Configuration.read(text: text, file: "turnout.yaml")
    problems += configuration.apply(overrides)
    return ConfigurationError(problems + configuration.validate()).problems.map(\.description)
  } catch {
    return error.problems.map(\.description)
  }
}

func configuration(_ text: String) throws -> Configuration {
  let (configuration, problems) = try Configuration.read(text: text, file: "turnout.yaml")
  let all = problems + configuration.validate()
  guard all.isEmpty else { throw ConfigurationError(all) }
  return configuration
}

/// A folder for the time of one test.
func withTemporaryFolder(_ body: (String) throws -> Void) throws {
  let folder = try TemporaryFolder()
  try withExtendedLifetime(folder) { try body(folder.path) }
}
