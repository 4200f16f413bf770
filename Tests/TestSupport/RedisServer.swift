import Foundation

/// A real redis-server for a test, on a free port of 127.0.0.1 or on a unix socket, in a folder of its own. It answers
/// when the initialiser returns, and is killed with its owner. For one thread at a time.
package final class RedisServer {
  package let options: RedisServerOptions
  /// 0 for a unix socket.
  package private(set) var port: UInt16 = 0
  private let folder: TemporaryFolder
  private let password: String?
  private var program: Program?
  private var outputs = 0

  package init(_ options: RedisServerOptions = RedisServerOptions()) throws {
    self.options = options
    password = options.password
    folder = try TemporaryFolder()
    try options.aclText.write(toFile: folder.file("users.acl"), atomically: true, encoding: .utf8)
    try launch { options.unixSocket ? 0 : try FreePort.take() }
  }

  /// With the password that `default` has; the user and password of someone else stand in `credentials`.
  package func address(host: String = "127.0.0.1", credentials: String? = nil, database: Int = 0) -> String {
    let who = (credentials ?? password.map { ":" + $0 }).map { $0 + "@" } ?? ""
    if options.unixSocket { return (who.isEmpty ? "unix:" : "unix://" + who) + socketPath + "?db=\(database)" }
    return "\(options.tls == nil ? "redis" : "rediss")://\(who)\(host):\(port)/\(database)"
  }

  package var socketPath: String { folder.file("redis.sock") }
  package var log: String { (try? String(contentsOfFile: folder.file("redis.log"), encoding: .utf8)) ?? "" }
  package var identifier: Int32 { program?.identifier ?? 0 }

  /// Ends it at once, as a crash does.
  package func kill() { program?.end() }
  /// It keeps its connections and does nothing, as an overloaded or suspended machine does.
  package func stop() { program?.send(SIGSTOP) }
  package func `continue`() { program?.send(SIGCONT) }

  /// Kills it if it runs and starts it again at the same place; without its data when `keepingData` is false. Data are
  /// there to keep only when the options have it written.
  package func restart(keepingData: Bool = true) throws {
    program?.end()
    if !keepingData {
      for name in ["dump.rdb", "appendonlydir"] { try? FileManager.default.removeItem(atPath: folder.file(name)) }
    }
    try launch { port }
  }

  /// One command through redis-cli as the user `default`; the output without the last line end.
  @discardableResult
  package func cli(_ words: String...) throws -> String { try cli(words) }

  @discardableResult
  package func cli(_ words: [String]) throws -> String {
    outputs += 1
    let output = folder.file("cli-\(outputs)")
    var arguments = options.unixSocket ? ["-s", socketPath] : ["-h", "127.0.0.1", "-p", "\(port)"]
    if let tls = options.tls { arguments += ["--tls", "--cacert", tls.authority] }
    let secret = password.map { ["REDISCLI_AUTH": $0] } ?? [:]
    try Program("/usr/bin/redis-cli", arguments + words, environment: secret, log: output).wait()
    defer { try? FileManager.default.removeItem(atPath: output) }
    return try String(contentsOfFile: output, encoding: .utf8).trimmingCharacters(in: .newlines)
  }

  /// Up to five times: most probably someone took the port meanwhile.
  private func launch(on choose: () throws -> UInt16) throws {
    for attempt in 1... {
      port = try choose()
      do {
        try start()
        return
      } catch {
        program?.end()
        if attempt == 5 { throw error }
      }
    }
  }

  /// Waits up to ten seconds for it to answer, and makes sure that it is this process that answers.
  private func start() throws {
    let program = try Program(
      "/usr/bin/redis-server", options.arguments(port: port, folder: folder), log: folder.file("redis.log"))
    self.program = program
    for _ in 0..<500 where program.isRunning {
      if try cli("INFO", "server").contains("process_id:\(program.identifier)\r"), try cli("PING") == "PONG" { return }
      usleep(20_000)
    }
    throw SetupError("redis-server does not answer on port \(port): \(log.suffix(2_000))")
  }
}

/// What a server of the tests is to be like.
package struct RedisServerOptions: Sendable {
  /// Listen on a unix socket instead of a port.
  package var unixSocket = false
  /// For the user `default`.
  package var password: String?
  /// Further users as ACL rules, each beginning with the name: `alice on >secret ~flags:* +@read`. The users without
  /// `default` leave that one open unless `password` is set.
  package var users: [String] = []
  /// Serve TLS only, with these.
  package var tls: Certificates?
  package var appendOnly = false
  /// The rule for snapshots, `3600 1` for instance; empty: none.
  package var save = ""
  /// Further words of the command line, `["--maxmemory", "1mb"]` for instance.
  package var more: [String] = []

  package init() {}

  func arguments(port: UInt16, folder: TemporaryFolder) -> [String] {
    var words = ["--dir", folder.path, "--save", save, "--appendonly", appendOnly ? "yes" : "no"]
    words += ["--bind", "127.0.0.1", "--loglevel", "notice", "--daemonize", "no"]
    if let tls {
      words += ["--port", "0", "--tls-port", "\(port)", "--tls-auth-clients", "no"]
      words += ["--tls-cert-file", tls.certificate, "--tls-key-file", tls.key, "--tls-ca-cert-file", tls.authority]
    } else {
      words += ["--port", unixSocket ? "0" : "\(port)"]
    }
    if unixSocket { words += ["--unixsocket", folder.file("redis.sock")] }
    if !users.isEmpty {
      words += ["--aclfile", folder.file("users.acl")]
    } else if let password {
      words += ["--requirepass", password]
    }
    return words + more
  }

  /// What the ACL file says; it decides about `default` too.
  var aclText: String {
    let own = password.map { "default on >\($0) ~* &* +@all" } ?? "default on nopass ~* &* +@all"
    return ([own] + users).map { "user \($0)\n" }.joined()
  }
}
