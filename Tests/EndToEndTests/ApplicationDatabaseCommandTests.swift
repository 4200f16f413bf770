import Foundation
import TestSupport
import Testing

@Suite("The application's database on the command line")
struct ApplicationDatabaseCommandTests {
  private func migrate(
    _ stage: RedisStage, _ messages: String, _ more: [String] = [], environment: [String: String] = [:]
  ) throws -> (output: String, status: Program.ExitStatus?) {
    let place = stage.server.address()
    return try stage.proxy.command(
      ["migrate", "--dry-run", "--redis", place, "--flags", place, "--messages", messages] + more,
      environment: environment)
  }

  @Test("A login of MySQL 8 works; without its plugin the message names the plugin and the package")
  func plugin() throws {
    let server = try MySQL8Server()
    let stage = try RedisStage(value: "0")
    try stage.server.cli("SET", "chat:customer:42", #"{"messages":[]}"#, "EX", "1000")
    let empty = try TemporaryFolder()
    let missing = try migrate(stage, server.address(), environment: ["MARIADB_PLUGIN_DIR": empty.path])
    #expect(missing.status == .exited(1), "\(missing)")
    #expect(missing.output.contains("Plugin caching_sha2_password could not be loaded"), "\(missing)")
    #expect(missing.output.contains("libmariadb3"), "\(missing)")
    // This server answers every query with one row that says how the user logged in.
    let found = try migrate(stage, server.address())
    #expect(found.output.contains("returned 1 columns, expected role, text, time"), "\(found)")
  }

  @Test("Queries for other tables are in turnout.yaml; --messages-query names their place")
  func queries() throws {
    let mariadb = try MariaDBServer()
    try mariadb.sql(
      """
      CREATE TABLE talk (who VARCHAR(50), said TEXT, n INT AUTO_INCREMENT PRIMARY KEY);
      INSERT INTO talk (who, said) VALUES ('42', 'first'), ('42', 'second'), ('7', 'other');
      """)
    let redis = try RedisServer()
    let stage = try RedisStage(
      redis, value: "0",
      settings: """
        contexts:
          queries:
            client: {messages: "SELECT 'user', said FROM talk WHERE who = {user} ORDER BY n DESC LIMIT {count}"}
            admin: {messages: "SELECT 'user', nothing FROM talk WHERE who = {user}"}
        """)
    try redis.cli("SET", "chat:customer:42", #"{"state":{}}"#, "EX", "1000")
    let found = try migrate(stage, mariadb.address())
    let history = #"[{\"role\":\"user\",\"content\":\"first\"},{\"role\":\"user\",\"content\":\"second\"}]"#
    #expect(found.status == .exited(0), "\(found)")
    #expect(found.output.contains(history), "\(found)")
    try redis.cli("SET", "admin:context:7", #"{"state":{}}"#, "EX", "1000")
    let wrong = try migrate(stage, mariadb.address())
    #expect(wrong.status == .exited(1), "\(wrong)")
    #expect(wrong.output.contains("contexts.queries.admin.messages: "), "\(wrong)")
    let gone = try migrate(stage, mariadb.address(), ["--messages-query", "SELECT 1"])
    #expect(gone.status == .exited(64), "\(gone)")
    #expect(gone.output.contains("contexts.queries.client.messages"), "\(gone)")
  }
}
