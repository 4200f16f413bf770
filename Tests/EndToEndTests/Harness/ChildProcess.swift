import Glibc
import Synchronization

/// A program that a test started. It is ended with the test, whatever becomes of that.
final class ChildProcess: Sendable {
  let identifier: pid_t
  private let status = Mutex<ExitStatus?>(nil)

  enum ExitStatus: Equatable {
    case exited(Int32)
    case signalled(Int32)
  }

  /// Standard output and standard error go to the file `log`. env only changes to the folder and becomes the program.
  /// `environment` comes on top of ours.
  init(
    _ path: String, _ arguments: [String], in folder: String, environment: [String: String] = [:], log: String
  ) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
    // Threads of a test may have signals blocked, which a program would inherit.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    let settings = environment.map { "\($0.key)=\($0.value)" }
    var words = (["env", "-C", folder] + settings + [path] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var number: pid_t = 0
    let result = posix_spawn(&number, "/usr/bin/env", &actions, &attributes, &words, environ)
    guard result == 0 else { throw HarnessError("cannot start \(path): \(String(cString: strerror(result)))") }
    identifier = number
  }

  deinit {
    guard exitStatus == nil else { return }
    send(SIGKILL)
    _ = wait()
  }

  func send(_ signal: Int32) { kill(identifier, signal) }

  /// Nil while it runs.
  var exitStatus: ExitStatus? { reap(WNOHANG) }

  /// Waits for its end.
  func wait() -> ExitStatus? { reap(0) }

  private func reap(_ options: Int32) -> ExitStatus? {
    status.withLock { known in
      if let known { return known }
      var raw: Int32 = 0
      guard waitpid(identifier, &raw, options) == identifier else { return nil }
      known = raw & 0x7F == 0 ? .exited(raw >> 8 & 0xFF) : .signalled(raw & 0x7F)
      return known
    }
  }
}

/// Something that the test stands on did not work: no judgement about the proxy.
struct HarnessError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
