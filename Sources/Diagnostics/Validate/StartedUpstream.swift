internal import Glibc
internal import HTTPClient
internal import Reactor

/// A server that was started for a check. It is ended with it, and whatever it has started as well; also when this process
/// is: then the pipe closes that its shell reads from.
final class StartedUpstream {
  let port: UInt16
  private let process: pid_t
  private let lifeline: Descriptor

  init(_ command: String, redis: String) throws(CheckFault) {
    let port = try Self.freePort()
    let text = command.replacing("{port}", with: "\(port)").replacing("{redis}", with: redis)
    var pipes: [Int32] = [-1, -1]
    guard unsafe pipe(&pipes) == 0 else { throw CheckFault("no pipe: errno \(errno)", advice: "Try again.") }
    let reading = Descriptor(owning: pipes[0])
    lifeline = Descriptor(owning: pipes[1])
    for number in pipes { _ = fcntl(number, F_SETFD, FD_CLOEXEC) }
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    ChildSignals.set(&attributes)
    // A group of its own, so that all of it can be ended.
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP) | ChildSignals.flags)
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, reading.number, STDIN_FILENO)
    // What it says is no data of ours.
    unsafe posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)
    let script = "( (\(text)\n) ; kill -9 0 ) & cat >/dev/null; kill -9 0"
    let words = ["env", "PORT=\(port)", "REDIS_URL=\(redis)", "/bin/sh", "-c", script]
    var pointers = unsafe words.map { unsafe strdup($0) } + [nil]
    defer { unsafe pointers.forEach { unsafe free($0) } }
    var number: pid_t = 0
    let result = unsafe posix_spawn(&number, "/usr/bin/env", &actions, &attributes, &pointers, environ)
    guard result == 0 else {
      throw CheckFault(
        "--upstream-command cannot be started: \(unsafe String(cString: strerror(result)))",
        advice: "Check that it can be run.")
    }
    (self.port, process) = (port, number)
  }

  private static func freePort() throws(CheckFault) -> UInt16 {
    do throws(ListenError) {
      return try Listener(host: "127.0.0.1", port: 0, isShared: false).port
    } catch { throw CheckFault("no free port: \(error)", advice: "Give --degraded-url instead.") }
  }

  /// Twenty seconds at most.
  func waitUntilItListens(_ limit: TimeLimit) throws(CheckFault) {
    let patience = TimeLimit(nanoseconds: limit.atMost(20_000_000_000))
    let session = HTTPSession(to: HTTPEndpoint(host: "127.0.0.1", port: port))
    while !patience.hasPassed {
      var status: Int32 = 0
      guard unsafe waitpid(process, &status, WNOHANG) == 0 else {
        throw CheckFault("--upstream-command has ended by itself", advice: "Run it in a terminal and see what it says.")
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
    throw CheckFault(
      "nobody listens on 127.0.0.1:\(port) after --upstream-command",
      advice: "Have it listen there: {port} in the command, or the variable PORT.")
  }

  func end() {
    _ = kill(-process, SIGKILL)
    var status: Int32 = 0
    _ = unsafe waitpid(process, &status, 0)
  }
}
