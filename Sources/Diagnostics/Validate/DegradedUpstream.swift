internal import Conversations
internal import Glibc
package import HTTPClient
internal import Reactor

/// The application without its Redis, to test that it still responds: an instance that runs without Redis, or one that
/// the check starts with a Redis address where nothing listens. The check never touches the real Redis.
package enum DegradedUpstream: Sendable, Equatable {
  case url(HTTPEndpoint)
  /// A shell command in which `{port}` stands for the port to listen on and `{redis}` for the address without a server.
  /// The environment variables PORT and REDIS_URL have the same values.
  case command(String)

  /// Nothing listens there: the port of TCPMUX (RFC 1078), which only root could bind.
  static let deadRedis = "redis://127.0.0.1:1"
  private static let messages = 3

  func judge(
    _ user: String, _ requests: ChatRequests, _ probe: ContextProbe, _ deadline: Deadline
  ) throws(CheckError) -> CheckOutcome {
    switch self {
    case .url(let endpoint): return try test(endpoint, user, requests, probe, deadline)
    case .command(let command):
      let upstream = try UpstreamProcess(command, redis: Self.deadRedis)
      defer { upstream.end() }
      let endpoint = HTTPEndpoint(host: "127.0.0.1", port: upstream.port)
      try upstream.waitUntilListening(deadline)
      return try test(endpoint, user, requests, probe, deadline)
    }
  }

  private func test(
    _ endpoint: HTTPEndpoint, _ user: String, _ requests: ChatRequests, _ probe: ContextProbe, _ deadline: Deadline
  ) throws(CheckError) -> CheckOutcome {
    var requests = requests
    requests.endpoint = endpoint
    var (slowest, reportsErrors) = (0, true)
    for role in probe.roles {
      let session = ChatSession(ContextOwner(role, user), expecting: nil, requests)
      for number in 1...Self.messages {
        let response: HTTPResponse
        do throws(CheckError) {
          response = try session.send(
            TestMessages.text("degraded", number, of: Self.messages, TestMessages.tag()), deadline)
        } catch {
          throw CheckError(
            "without Redis: \(error.found)",
            advice: "Catch the store's errors and respond in time, without history; log and count them.")
        }
        reportsErrors = reportsErrors && response.field("X-Turnout-Context-Error") == "1"
      }
      slowest = max(slowest, session.slowest)
    }
    guard try probe.isUnknown(user, deadline) else {
      throw CheckError(
        "the application at \(endpoint) has its Redis: it has written to \(probe.location)",
        advice: "Start it with a REDIS_URL where nothing listens, such as \(Self.deadRedis).")
    }
    let found = "\(2 * Self.messages) responses without Redis, slowest \(slowest) ms"
    guard reportsErrors else {
      return .warn(
        "\(found), but they do not report the error to the proxy",
        advice: "Add X-Turnout-Context-Error: 1 to the response: turnout_context_load_errors_total then counts it.")
    }
    return .pass(found)
  }
}

/// A server that runs for one check. It is killed at the end together with all its child processes, also when this process
/// ends: the pipe that its shell reads from then closes.
final class UpstreamProcess {
  let port: UInt16
  private let process: pid_t
  private let lifeline: Descriptor

  init(_ command: String, redis: String) throws(CheckError) {
    let port = try Self.freePort()
    let text = command.replacing("{port}", with: "\(port)").replacing("{redis}", with: redis)
    var pipes: [Int32] = [-1, -1]
    guard unsafe pipe(&pipes) == 0 else { throw CheckError("cannot make a pipe: errno \(errno)", advice: "Try again.") }
    let reading = Descriptor(owning: pipes[0])
    lifeline = Descriptor(owning: pipes[1])
    for number in pipes { _ = fcntl(number, F_SETFD, FD_CLOEXEC) }
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    ChildSignals.set(&attributes)
    // A process group of its own, so that one signal reaches all of it.
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP) | ChildSignals.flags)
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, reading.number, STDIN_FILENO)
    // Its output must not mix with the report.
    unsafe posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)
    let script = "( (\(text)\n) ; kill -9 0 ) & cat >/dev/null; kill -9 0"
    let words = ["env", "PORT=\(port)", "REDIS_URL=\(redis)", "/bin/sh", "-c", script]
    var pointers = unsafe words.map { unsafe strdup($0) } + [nil]
    defer { unsafe pointers.forEach { unsafe free($0) } }
    var number: pid_t = 0
    let result = unsafe posix_spawn(&number, "/usr/bin/env", &actions, &attributes, &pointers, environ)
    guard result == 0 else {
      throw CheckError(
        "--upstream-command cannot be started: \(unsafe String(cString: strerror(result)))",
        advice: "Check that it runs in a terminal.")
    }
    (self.port, process) = (port, number)
  }

  private static func freePort() throws(CheckError) -> UInt16 {
    do throws(ListenError) {
      return try Listener(host: "127.0.0.1", port: 0, isShared: false).port
    } catch { throw CheckError("no free port: \(error)", advice: "Give --degraded-url instead.") }
  }

  /// At most 20 seconds.
  func waitUntilListening(_ deadline: Deadline) throws(CheckError) {
    let deadline = deadline.atMost(.seconds(20))
    let session = HTTPSession(to: HTTPEndpoint(host: "127.0.0.1", port: port))
    while !deadline.hasPassed {
      var status: Int32 = 0
      guard unsafe waitpid(process, &status, WNOHANG) == 0 else {
        throw CheckError("--upstream-command has exited", advice: "Run it in a terminal to see why.")
      }
      do throws(HTTPError) {
        _ = try session.send(HTTPRequest("GET", "/"), timeout: .seconds(1))
        return
      } catch {
        switch error {
        case .closed, .invalidResponse: return
        case .unreachable, .timedOut: usleep(50_000)
        }
      }
    }
    throw CheckError(
      "nothing listens on 127.0.0.1:\(port) after --upstream-command",
      advice: "Make it listen there: {port} in the command, or the variable PORT.")
  }

  func end() {
    _ = kill(-process, SIGKILL)
    var status: Int32 = 0
    _ = unsafe waitpid(process, &status, 0)
  }
}
