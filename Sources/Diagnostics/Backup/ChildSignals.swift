internal import Glibc

/// Signals as a new program expects them, whatever this process has blocked or ignores: Ctrl-C ends it, too.
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
