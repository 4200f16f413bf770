internal import FlagStore
internal import Glibc
internal import Reactor

/// Where backups are put: files that only their owner may read, since what users said is in them. A file that is not
/// whole is called so: it has `.part` at its end, and loses that only when it was checked.
package struct BackupFolder: Sendable, Equatable {
  package let path: String

  package init(_ path: String) { self.path = path }

  /// `redis-20260301T093000Z.rdb`; never one that is there.
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

  /// A new file at `name` with `.part` behind it. The folder and those above it are made if there are none.
  func create(_ name: String) throws(CheckFault) -> Descriptor {
    do throws(System.Failure) {
      try Self.make(path)
      System.remove(name + ".part")
      return try Descriptor(opening: name + ".part", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
    } catch { throw fault("cannot make \(name).part", error) }
  }

  private static func make(_ path: String) throws(System.Failure) {
    guard !path.isEmpty, !System.exists(path) else { return }
    if let slash = path.lastIndex(of: "/") { try make(String(path[..<slash])) }
    do throws(System.Failure) { try System.check { unsafe mkdir(path, 0o700) } } catch {
      // Also with a slash at the end, for which the folder was just made.
      guard error.number == EEXIST else { throw error }
    }
  }

  /// The file is whole.
  func finish(_ name: String, _ descriptor: consuming Descriptor) throws(CheckFault) {
    do throws(System.Failure) {
      try System.check { fsync(descriptor.number) }
      try System.check { unsafe rename(name + ".part", name) }
      let folder = try Descriptor(opening: path, O_RDONLY | O_DIRECTORY)
      try System.check { fsync(folder.number) }
    } catch { throw fault("cannot finish \(name)", error) }
  }

  func fault(_ what: String, _ failure: System.Failure) -> CheckFault {
    CheckFault(
      "\(what): \(System.message(failure.number))",
      advice: failure.number == ENOSPC
        ? "Make room there, or give another folder with --backups." : "Give a folder that you may write with --backups."
    )
  }
}
