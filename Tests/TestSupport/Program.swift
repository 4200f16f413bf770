import Dispatch
import Foundation
package import Glibc
import Synchronization

/// A program that a test started. It is killed with its owner, and with the process of the tests if that crashes.
package final class Program: Sendable {
  package enum ExitStatus: Equatable, Sendable {
    case exited(Int32)
    case signalled(Int32)
  }

  package let identifier: pid_t
  private let status = Mutex<ExitStatus?>(nil)

  /// Standard output and standard error are appended to the file `log`. `environment` is added to that of the tests.
  package init(
    _ path: String, _ arguments: [String], in folder: String? = nil, environment: [String: String] = [:], log: String
  ) throws {
    if Tier.isUnit { throw SetupError("\(path) in the unit tier: give the suite the trait .startsPrograms") }
    let settings = (folder.map { ["-C", $0] } ?? []) + environment.map { "\($0.key)=\($0.value)" }
    // env and setpriv become the program: the identifier is the program's own.
    let words = ["env"] + settings + ["setpriv", "--pdeathsig", "KILL", path] + arguments
    identifier = SpawningThread.shared.run { Self.spawn(words, log: log) }
    guard identifier > 0 else { throw SetupError("cannot start \(path): \(String(cString: strerror(-identifier)))") }
  }

  deinit { end() }

  /// The identifier, or the negative errno.
  private static func spawn(_ words: [String], log: String) -> Int32 {
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
    var pointers = words.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    var number: pid_t = 0
    let result = posix_spawn(&number, "/usr/bin/env", &actions, &attributes, &pointers, environ)
    return result == 0 ? number : -result
  }

  package func send(_ signal: Int32) {
    status.withLock { if $0 == nil { _ = Glibc.kill(identifier, signal) } }
  }

  package var isRunning: Bool { exitStatus == nil }

  /// Nil while it runs.
  package var exitStatus: ExitStatus? { reap(WNOHANG) }

  /// Waits for its end.
  @discardableResult
  package func wait() -> ExitStatus? { reap(0) }

  /// Kills it, also when it is stopped, and waits.
  package func end() {
    send(SIGKILL)
    wait()
  }

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

/// The thread that starts all programs, and lives as long as the process. The kernel kills a program that asked for it
/// (`setpriv --pdeathsig`) when the thread that started it ends: a test that crashes leaves no server behind.
final class SpawningThread: Sendable {
  static let shared = SpawningThread()

  private let jobs = Mutex<[SpawningJob]>([])
  private let arrived = DispatchSemaphore(value: 0)

  private init() { Thread.detachNewThread { [self] in serve() } }

  /// Runs `body` there and waits for its result.
  func run(_ body: @escaping @Sendable () -> Int32) -> Int32 {
    let job = SpawningJob(body)
    jobs.withLock { $0.append(job) }
    arrived.signal()
    return job.wait()
  }

  private func serve() {
    while true {
      arrived.wait()
      jobs.withLock { $0.removeFirst() }.run()
    }
  }
}

private final class SpawningJob: Sendable {
  private let body: @Sendable () -> Int32
  private let result = Mutex<Int32>(0)
  private let isDone = DispatchSemaphore(value: 0)

  init(_ body: @escaping @Sendable () -> Int32) { self.body = body }

  func run() {
    let value = body()
    result.withLock { $0 = value }
    isDone.signal()
  }

  func wait() -> Int32 {
    isDone.wait()
    return result.withLock { $0 }
  }
}
