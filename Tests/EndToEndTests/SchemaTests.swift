import Foundation
import TestSupport
import Testing

@Suite("The admin port keeps to its own description", .ownThread)
struct SchemaTests {
  @Test(
    "schemathesis finds no answer that the OpenAPI document does not allow, for any flag and for one that there is",
    arguments: [nil, AdminStage.flag])
  func schemathesis(flag: String?) throws {
    let stage = try AdminStage()
    let pinned = flag.map { "parameters = { \"path.key\" = \"\($0)\" }\n" } ?? ""
    let settings = try String(contentsOfFile: "\(Repository.root)/Tests/schemathesis.toml", encoding: .utf8)
    try stage.folder.write(pinned + settings, to: "schemathesis.toml")
    let url = "http://127.0.0.1:\(stage.port)/api/v1/openapi.json"
    let (output, status) = try stage.run(
      try PythonEnvironment.program("schemathesis"),
      [
        // The event stream has no end, so there is no answer to judge; AdminTests do that.
        "--config-file", "schemathesis.toml", "run", url, "--exclude-operation-id", "events", "--seed", "1",
        "--max-examples", "40", "--generation-database", "none", "--no-color", "-H",
        stage.bearer,
      ])
    #expect(status == .exited(0), "\(output)")
    #expect(flag == nil || !output.contains("Missing test data"), "\(output)")
  }
}
