import Foundation
import TestSupport

/// The program with which Prometheus checks metrics and rules.
enum Promtool {
  static func run(
    _ arguments: [String], in folder: String = Repository.root, input: String = ""
  ) throws -> (output: String, status: Program.ExitStatus?) {
    let temporary = try TemporaryFolder()
    try temporary.write(input, to: "input")
    let command = ["-c", "exec promtool \"$@\" < '\(temporary.file("input"))'", "promtool"] + arguments
    let process = try Program("/bin/sh", command, in: folder, log: temporary.file("output"))
    let status = process.wait()
    return (temporary.text("output"), status)
  }
}
