package import Glibc
import Synchronization

/// A program that a test started. It is ended with its owner, and with the process of the tests if that crashes.
package final class Program: Sendable {
  package let identifier: pid_t
  private let hasEnded = Mutex(false)

  /// Standard output and standard error go to the file `output`. `environment` comes on top of ours.
  package init(_ path: String, _ arguments: [String], environment: [String: String] = [:], output: String) throws {
    let settings = environment.map { "\($0.key)=\($0.value)" }
    // env and setpriv become the program: the identifier is the program's own.
    let words = ["env"] + settings + ["setpriv", "--pdeathsig", "KILL", path] + arguments
    identifier = SpawningThread.shared.run { Self.spawn(words, output: output) }
    guard identifier > 0 else {
      throw RedisServerFailure("cannot start \(path): \(String(cString: strerror(-identifier)))")
    }
  }

  deinit { end() }

  /// The identifier, or the negative errno.
  private static func spawn(_ words: [String], output: String) -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
    var pointers = words.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    var number: pid_t = 0
    let result = posix_spawn(&number, "/usr/bin/env", &actions, nil, &pointers, environ)
    return result == 0 ? number : -result
  }

  package func send(_ signal: Int32) {
    hasEnded.withLock { if !$0 { _ = Glibc.kill(identifier, signal) } }
  }

  package var isRunning: Bool { !reap(WNOHANG) }

  /// Waits for its end by itself.
  package func wait() { _ = reap(0) }

  /// Kills it, also when it is stopped, and waits.
  package func end() {
    send(SIGKILL)
    _ = reap(0)
  }

  private func reap(_ options: Int32) -> Bool {
    hasEnded.withLock { ended in
      if !ended {
        var status: Int32 = 0
        ended = waitpid(identifier, &status, options) == identifier
      }
      return ended
    }
  }
}

/// The server that a test stands on could not be brought up: no judgement about what is tested.
package struct RedisServerFailure: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
