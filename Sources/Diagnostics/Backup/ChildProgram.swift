internal import FlagStore
internal import Glibc
internal import Reactor

/// Another program, run to its end or to a limit. What it says goes to a descriptor, what it complains of comes back.
struct ChildProgram {
  /// Of a program that ended by itself; nil: it was ended by a signal, or by us at the limit.
  let status: Int32?
  let isOverdue: Bool
  /// The last of it, at most 4 KiB.
  let complaints: String

  var hasSucceeded: Bool { status == 0 }

  /// The first of these names that is a program in PATH.
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
  ///   - environment: comes on top of ours.
  ///   - output: where its standard output goes.
  static func run(
    _ path: String, _ arguments: [String], environment: [String: String] = [:], output: borrowing Descriptor,
    _ limit: TimeLimit
  ) throws(CheckFault) -> ChildProgram {
    var pipes: [Int32] = [-1, -1]
    guard unsafe pipe(&pipes) == 0 else { throw cannotStart(path, errno) }
    let writing = pipes[1]
    let reading = Descriptor(owning: pipes[0])
    for number in pipes { _ = fcntl(number, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(reading.number, F_SETFL, O_NONBLOCK)
    let started = spawn([path] + arguments, environment, output: output.number, complaints: writing)
    _ = close(writing)
    guard started > 0 else { throw cannotStart(path, -started) }
    return wait(started, reading.number, limit)
  }

  private static func cannotStart(_ path: String, _ number: Int32) -> CheckFault {
    CheckFault("cannot start \(path): \(System.message(number))", advice: "Check that the program can be run.")
  }

  /// The number of the process, or the negative errno.
  private static func spawn(
    _ words: [String], _ environment: [String: String], output: Int32, complaints: Int32
  ) -> Int32 {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    unsafe posix_spawn_file_actions_adddup2(&actions, complaints, STDERR_FILENO)
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

  private static func wait(_ process: pid_t, _ complaints: Int32, _ limit: TimeLimit) -> ChildProgram {
    var (text, chunk): ([UInt8], [UInt8]) = ([], [UInt8](repeating: 0, count: 4_096))
    func take() {
      while true {
        let count = unsafe read(complaints, &chunk, chunk.count)
        guard count > 0 else { return }
        text = Array((text + chunk[..<count]).suffix(4_096))
      }
    }
    var (status, isOverdue): (Int32, Bool) = (0, false)
    while unsafe waitpid(process, &status, WNOHANG) == 0 {
      take()
      if limit.hasPassed {
        isOverdue = true
        _ = kill(process, SIGKILL)
        _ = unsafe waitpid(process, &status, 0)
        break
      }
      usleep(20_000)
    }
    take()
    let hasExited = status & 0x7F == 0
    return ChildProgram(
      status: hasExited && !isOverdue ? (status >> 8) & 0xFF : nil, isOverdue: isOverdue,
      complaints: String(decoding: text, as: UTF8.self))
  }
}
