import TestSupport
import Testing

@Suite("The Redis with the contexts is in the metrics, and nobody needs it to be there", .ownThread)
struct ContextMetricsTests {
  /// A proxy with its flags in a file.
  private func proxy(
    _ settings: String, environment: [String: String] = [:]
  ) throws -> (proxy: ProxyProcess, upstream: ScriptedUpstream) {
    let upstream = try ScriptedUpstream(.saying("legacy"))
    let servers = "{ servers: [\"http://127.0.0.1:\(upstream.port)\"] }"
    let settings = "cohorts: { legacy: \(servers), unified: \(servers) }\n\(settings)\n"
    return (try ProxyProcess(settings, environment: environment), upstream)
  }

  @Test("Keys are counted by kind, of the Redis and the database that the file names")
  func counted() throws {
    let server = try RedisServer()
    let id = "0b5c3c8e-7f0e-4f0a-9d5e-1f2a3b4c5d6e"
    for key in ["chat:customer:1", "chat:customer:2", "conversation:admin:7:\(id):meta", "other"] {
      try server.cli("-n", "3", "SET", key, "1")
    }
    let (proxy, upstream) = try proxy("contexts: { redis: \"\(server.address(database: 3))\" }")
    #expect(try eventually { try proxy.metric("turnout_context_keys{kind=\"legacy_customer\"}") == 2 })
    for (kind, count) in [("legacy_admin", 0), ("unified_meta", 1), ("unified_history", 0), ("unified_current", 0)] {
      #expect(try proxy.metric("turnout_context_keys{kind=\"\(kind)\"}") == count, "\(kind)")
    }
    #expect(try proxy.metric("turnout_contexts_redis_up") == 1)
    #expect(try proxy.metric("turnout_contexts_redis_keys") == 4)
    #expect(try proxy.metric("turnout_contexts_redis_used_memory_bytes") > 100_000)
    #expect(try proxy.metric("turnout_context_keys_counted_timestamp_seconds") > 1_700_000_000)
    #expect(try proxy.metric("turnout_redis_used_memory_bytes") == -1, "the flags are in no Redis")
    #expect(try proxy.client().get().text == "legacy")
    #expect(upstream.requests.count == 1)
  }

  @Test("With nobody there requests are served, the log says so once, and the end does not wait")
  func away() throws {
    let nobody = "redis://127.0.0.1:\(try FreePort.take())/0"
    let (proxy, upstream) = try proxy("contexts: { redis: \"\(nobody)\" }")
    #expect(eventually { proxy.log.contains("the contexts' Redis is unreachable") })
    #expect(try proxy.client().get().text == "legacy")
    #expect(upstream.requests.count == 1)
    #expect(try proxy.metric("turnout_contexts_redis_up") == 0)
    for name in ["contexts_redis_used_memory_bytes", "contexts_redis_keys", "context_keys"] {
      #expect(try !proxy.admin("/metrics").text.contains("turnout_\(name)"), "\(name)")
    }
    #expect(proxy.log.matches(of: /contexts' Redis/).count == 1, "\(proxy.log)")
    proxy.terminate()
    #expect(proxy.exitStatus(within: 5) == .exited(0))
  }

  @Test("The variable of the application goes before the file; without both there is no such metric")
  func variable() throws {
    let server = try RedisServer()
    try server.cli("SET", "admin:context:1", "1")
    let (named, _) = try proxy("", environment: ["REDIS_URL": server.address()])
    #expect(try eventually { try named.metric("turnout_context_keys{kind=\"legacy_admin\"}") == 1 })
    let nobody = "contexts: { redis: \"redis://127.0.0.1:1\" }"
    let (both, _) = try proxy(nobody, environment: ["REDIS_URL": server.address()])
    #expect(try eventually { try both.metric("turnout_contexts_redis_up") == 1 })
    let (neither, _) = try proxy("", environment: ["REDIS_URL": ""])
    #expect(try !neither.admin("/metrics").text.contains("turnout_context_keys"))
    #expect(try !neither.admin("/metrics").text.contains("turnout_contexts_redis"))
  }

  @Test("check says what is watched, and what is wrong with the variable")
  func check() throws {
    let (proxy, _) = try proxy("contexts: { redis: \"redis://:secret@host:7000/3\", count_every: 90s }")
    let report = try proxy.command("check").output
    #expect(report.contains("contexts  redis://:***@host:7000/3, keys counted every 90s"), "\(report)")
    #expect(!report.contains("secret"))
    let folder = proxy.folder
    let wrong = try Program(
      ProxyProcess.binary(), ["check"], in: folder.path, environment: ["REDIS_URL": "localhost"],
      log: folder.file("wrong"))
    #expect(wrong.wait() == .exited(78))
    #expect(folder.text("wrong").contains("REDIS_URL: found \"localhost\""), "\(folder.text("wrong"))")
  }
}
