internal import FlagStore
internal import Glibc
internal import Reactor

/// The folder for backups. Only their owner may read the files, since they contain messages of users. The name of an
/// incomplete file ends in `.part`, until it has been checked.
package struct BackupFolder: Sendable, Equatable {
  package let path: String

  package init(_ path: String) { self.path = path }

  /// `redis-20260301T093000Z.rdb`; never an existing name.
  func name(_ kind: String, _ ending: String, at seconds: Int) -> String {
    let stamp = Timestamp.text(seconds: seconds).filter { $0 != "-" && $0 != ":" }
    var name = "\(path)/\(kind)-\(stamp).\(ending)"
    var number = 2
    while System.exists(name) {
      name = "\(path)/\(kind)-\(stamp)-\(number).\(ending)"
      number += 1
    }
    return name
  }

  /// Creates the file `name` + `.part`, and missing folders.
  func create(_ name: String) throws(CheckError) -> Descriptor {
    do throws(System.Failure) {
      try Self.make(path)
      System.remove(name + ".part")
      return try Descriptor(opening: name + ".part", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
    } catch { throw checkError("cannot create \(name).part", error) }
  }

  private static func make(_ path: String) throws(System.Failure) {
    guard !path.isEmpty, !System.exists(path) else { return }
    if let slash = path.lastIndex(of: "/") { try make(String(path[..<slash])) }
    do throws(System.Failure) { try System.check { unsafe mkdir(path, 0o700) } } catch {
      // With a trailing slash the recursion has just created it.
      guard error.number == EEXIST else { throw error }
    }
  }

  /// Renames the complete file.
  func finish(_ name: String, _ descriptor: consuming Descriptor) throws(CheckError) {
    do throws(System.Failure) {
      try System.check { fsync(descriptor.number) }
      try System.check { unsafe rename(name + ".part", name) }
      let folder = try Descriptor(opening: path, O_RDONLY | O_DIRECTORY)
      try System.check { fsync(folder.number) }
    } catch { throw checkError("cannot finish \(name)", error) }
  }

  func checkError(_ what: String, _ failure: System.Failure) -> CheckError {
    CheckError(
      "\(what): \(System.message(failure.number))",
      advice: failure.number == ENOSPC
        ? "Free space there, or give another folder with --backups." : "Give a writable folder with --backups.")
  }
}
