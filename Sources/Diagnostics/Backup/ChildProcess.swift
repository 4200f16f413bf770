internal import FlagStore
internal import Glibc
internal import Reactor

/// Another program, run to its end or to a deadline. Its standard output goes to a descriptor; the end of its standard
/// error is returned.
struct ChildProcess {
  /// The exit status; nil: a signal killed it, or this process did at the deadline.
  let status: Int32?
  let isTimedOut: Bool
  /// The last 4 KiB of standard error.
  let errorOutput: String

  var hasSucceeded: Bool { status == 0 }

  /// The path of the first of these programs that PATH contains.
  static func find(_ names: [String]) -> String? {
    let path = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? "/usr/bin:/bin"
    for name in names {
      for folder in path.split(separator: ":") where unsafe access("\(folder)/\(name)", X_OK) == 0 {
        return "\(folder)/\(name)"
      }
    }
    return nil
  }

  /// - Parameters:
  ///   - environment: added to that of this process.
  ///   - output: receives its standard output.
  static func run(
    _ path: String, _ arguments: [String], environment: [String: String] = [:], output: borrowing Descriptor,
    _ deadline: Deadline
  ) throws(CheckError) -> ChildProcess {
    var pipes: [Int32] = [-1, -1]
    guard unsafe pipe(&pipes) == 0 else { throw cannotStart(path, errno) }
    let writing = pipes[1]
    let reading = Descriptor(owning: pipes[0])
    for number in pipes { _ = fcntl(number, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(reading.number, F_SETFL, O_NONBLOCK)
    let started = spawn([path] + arguments, environment, output: output.number, errorOutput: writing)
    _ = close(writing)
    guard started > 0 else { throw cannotStart(path, -started) }
    return wait(started, reading.number, deadline)
  }

  private static func cannotStart(_ path: String, _ number: Int32) -> CheckError {
    CheckError("cannot start \(path): \(System.message(number))", advice: "Check that the program is executable.")
  }

  /// The process id, or the negative errno.
  private static func spawn(
    _ words: [String], _ environment: [String: String], output: Int32, errorOutput: Int32
  ) -> Int32 {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    unsafe posix_spawn_file_actions_adddup2(&actions, errorOutput, STDERR_FILENO)
    let settings = environment.map { "\($0.key)=\($0.value)" } + inherited(but: environment)
    var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
    var variables = unsafe settings.map { unsafe strdup($0) } + [nil]
    defer { unsafe (arguments + variables).forEach { unsafe free($0) } }
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    ChildSignals.set(&attributes)
    unsafe posix_spawnattr_setflags(&attributes, ChildSignals.flags)
    var number: pid_t = 0
    let result = unsafe posix_spawn(&number, words[0], &actions, &attributes, &arguments, &variables)
    return result == 0 ? number : -result
  }

  private static func inherited(but names: [String: String]) -> [String] {
    var settings: [String] = []
    var next = unsafe environ
    while let entry = unsafe next.pointee {
      let setting = unsafe String(cString: entry)
      if names[String(setting.prefix { $0 != "=" })] == nil { settings.append(setting) }
      unsafe next += 1
    }
    return settings
  }

  private static func wait(_ process: pid_t, _ errorOutput: Int32, _ deadline: Deadline) -> ChildProcess {
    var (text, chunk): ([UInt8], [UInt8]) = ([], [UInt8](repeating: 0, count: 4_096))
    func take() {
      while true {
        let count = unsafe read(errorOutput, &chunk, chunk.count)
        guard count > 0 else { return }
        text = Array((text + chunk[..<count]).suffix(4_096))
      }
    }
    var (status, isTimedOut): (Int32, Bool) = (0, false)
    while unsafe waitpid(process, &status, WNOHANG) == 0 {
      take()
      if deadline.hasPassed {
        isTimedOut = true
        _ = kill(process, SIGKILL)
        _ = unsafe waitpid(process, &status, 0)
        break
      }
      usleep(20_000)
    }
    take()
    let hasExited = status & 0x7F == 0
    return ChildProcess(
      status: hasExited && !isTimedOut ? (status >> 8) & 0xFF : nil, isTimedOut: isTimedOut,
      errorOutput: String(decoding: text, as: UTF8.self))
  }
}

/// The default signal mask and handlers for a new program, whatever this process blocks or ignores: Ctrl-C ends it, too.
enum ChildSignals {
  static let flags = Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)

  static func set(_ attributes: inout posix_spawnattr_t) {
    var (none, broken) = (sigset_t(), sigset_t())
    unsafe sigemptyset(&none)
    unsafe sigemptyset(&broken)
    unsafe sigaddset(&broken, SIGPIPE)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setsigdefault(&attributes, &broken)
  }
}
