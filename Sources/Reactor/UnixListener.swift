internal import CLinux
internal import Glibc

/// A listening Unix socket that only its owner (and root) can connect to: mode 0600 from the first moment on.
///
/// The socket is bound under a name of its own and renamed into place when it listens. So a path always leads to a
/// socket that answers: a new process takes over from a running one without a gap, and what a killed one left behind is
/// in nobody's way. The path is removed with the listener, unless another process has taken it over since.
public struct UnixListener: ~Copyable, Sendable {
  /// Bytes: `sun_path` has 108 with the final 0 (unix(7)).
  public static let longestPath = 107

  public let descriptor: Descriptor
  public let path: String
  private let identity: Identity

  /// The node in the file system, which renaming keeps.
  private struct Identity: Equatable, Sendable {
    let device: dev_t
    let node: ino_t

    init?(_ path: String) {
      var status = stat()
      guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return nil }
      (device, node) = (status.st_dev, status.st_ino)
    }
  }

  public init(path: String) throws(ListenError) {
    try Self.check(path)
    let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard number >= 0 else { throw .system(path, .last("socket")) }
    let descriptor = Descriptor(owning: number)
    let folder = try Self.open(folderOf: path)
    // The folder by its number: so the path of the name before the renaming is short, however long the other is.
    let temporary = "/proc/self/fd/\(folder.number)/.\(UInt32.random(in: 0...UInt32.max)).sock"
    let identity = try Self.bind(number, temporary, for: path)
    guard listen(number, SOMAXCONN) == 0, unsafe rename(temporary, path) == 0 else {
      let error = SystemError.last("listen")
      _ = unsafe unlink(temporary)
      throw .system(path, error)
    }
    self.identity = identity
    self.path = path
    self.descriptor = descriptor
  }

  deinit { if Identity(path) == identity { _ = unsafe unlink(path) } }

  /// Nothing but a socket is ever replaced.
  private static func check(_ path: String) throws(ListenError) {
    let length = path.utf8.count
    guard length <= longestPath else {
      throw .path(path, "the path has \(length) bytes, a Unix socket's at most \(longestPath); choose a shorter one")
    }
    guard !path.isEmpty, !path.hasSuffix("/"), !path.utf8.contains(0) else {
      throw .path(path, "this is no path of a file")
    }
    var status = stat()
    guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT != S_IFSOCK else { return }
    throw .path(path, "something that is no socket is in its place; remove it or choose another path")
  }

  private static func open(folderOf path: String) throws(ListenError) -> Descriptor {
    let name = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    let folder = name.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let number = unsafe Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard number >= 0 else { throw .system(path, .last("open its folder")) }
    return Descriptor(owning: number)
  }

  /// The node gets the mode that the socket has before it is bound, less the umask of the process: at no moment is it
  /// open to others.
  private static func bind(_ number: Int32, _ path: String, for place: String) throws(ListenError) -> Identity {
    guard fchmod(number, 0o600) == 0 else { throw .system(place, .last("fchmod")) }
    guard let address = SocketAddress.unix(path: path) else {
      throw .system(place, SystemError("bind", code: ENAMETOOLONG))
    }
    let result = unsafe address.withPointer { unsafe Glibc.bind(number, $0, $1) }
    guard result == 0 else { throw .system(place, .last("bind")) }
    guard unsafe chmod(path, 0o600) == 0, let identity = Identity(path) else {
      let error = SystemError.last("chmod")
      _ = unsafe unlink(path)
      throw .system(place, error)
    }
    return identity
  }
}
