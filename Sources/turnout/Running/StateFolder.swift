import ArgumentParser
import Glibc

/// The folder in which a proxy keeps its last good flags, its local kill, what the cohorts did over time, and the token and
/// socket of its admin API.
enum StateFolder {
  /// Made, for its owner alone, if it is not there.
  static func make(_ path: String) throws {
    if unsafe mkdir(path, 0o700) == 0 { return }
    let code = errno
    var status = stat()
    if code == EEXIST, unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
    let reason = code == EEXIST ? "there is something else than a folder" : unsafe String(cString: strerror(code))
    throw failure(
      .failed, "\(path): the state folder cannot be made: \(reason); give another one with state: or --state")
  }

  static func windows(in path: String) -> String { path + "/windows" }

  static func lastGood(in path: String) -> String { path + "/last-good" }
}
