import Glibc
internal import Reactor

/// The kernel's events about changes in some folders (inotify(7)).
struct Inotify: ~Copyable {
  let descriptor: Descriptor
  private let failure: System.Failure?
  private var watches: [Int32: String] = [:]

  /// The end of writing, not each write: a file is read when its writer is done.
  private static let mask =
    UInt32(IN_CLOSE_WRITE) | UInt32(IN_MOVED_TO) | UInt32(IN_MOVED_FROM) | UInt32(IN_CREATE) | UInt32(IN_DELETE)
    | UInt32(IN_DELETE_SELF) | UInt32(IN_MOVE_SELF)

  /// Bytes of an event without its name: watch, mask, cookie, length of the name.
  private static let headerBytes = 16

  /// When the kernel refuses, the descriptor is -1, which poll(2) ignores, and `watch` returns the reason.
  init() {
    do throws(System.Failure) {
      descriptor = Descriptor(owning: try System.check { inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC)) })
      failure = nil
    } catch {
      descriptor = Descriptor(owning: -1)
      failure = error
    }
  }

  /// Watches exactly these folders. Returns an error of the kernel, other than a missing folder.
  mutating func watch(_ directories: [String]) -> System.Failure? {
    var current: [Int32: String] = [:]
    var refused = failure
    for directory in directories where failure == nil {
      do throws(System.Failure) {
        // The same folder gets the same number; another folder with the same name gets a new one.
        let number = try System.check { unsafe inotify_add_watch(descriptor.number, directory, Self.mask) }
        current[number] = directory
      } catch {
        if error.number != ENOENT && error.number != ENOTDIR { refused = error }
      }
    }
    for number in watches.keys where current[number] == nil { inotify_rm_watch(descriptor.number, number) }
    watches = current
    return refused
  }

  /// Takes all waiting events. True if one concerns one of `names` or a folder itself.
  func drain(for names: Set<String>) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 16_384)
    var isTouched = false
    while true {
      let count = unsafe read(descriptor.number, &buffer, buffer.count)
      guard count > 0 else { return isTouched }
      if Self.concerns(buffer[..<count], names) { isTouched = true }
    }
  }

  private static func concerns(_ events: ArraySlice<UInt8>, _ names: Set<String>) -> Bool {
    var rest = events
    while rest.count >= headerBytes {
      let header = unsafe rest.withUnsafeBytes { bytes in
        unsafe (
          mask: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self),
          nameBytes: bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self)
        )
      }
      rest = rest.dropFirst(headerBytes)
      // The event of a removed or moved folder, or of a full queue, has no name.
      let name = String(decoding: rest.prefix(Int(header.nameBytes)).prefix { $0 != 0 }, as: UTF8.self)
      if name.isEmpty ? header.mask & UInt32(IN_IGNORED) == 0 : names.contains(name) { return true }
      rest = rest.dropFirst(Int(header.nameBytes))
    }
    return false
  }
}

/// The folders in which a change can affect what a path leads to, and the relevant names in them.
///
/// `/etc/turnout/flags.json` is a link to `..data/flags.json`, and `..data` one to `..2026_03_01`, as Kubernetes mounts a
/// config map: the swap of `..data` happens in `/etc/turnout`, an edit of the file in `/etc/turnout/..2026_03_01`. If a part
/// of the path is missing, its folder is watched.
struct WatchedPath: Equatable {
  private(set) var directories: [String] = []
  private(set) var names: Set<String> = []

  /// Linux follows at most so many links in one path (path_resolution(7)).
  private static let linkLimit = 40

  /// Follows the path like the kernel, link by link.
  init(_ path: String) {
    let absolute = path.hasPrefix("/") ? path : System.workingDirectory() + "/" + path
    var pending = Self.components(absolute)
    var current = "/"
    var links = 0
    while let name = pending.popLast() {
      if name == ".." {
        current = System.split(current).directory
        continue
      }
      let candidate = current == "/" ? "/" + name : current + "/" + name
      if let target = System.linkTarget(candidate) {
        watch(name, in: current)
        links += 1
        guard links <= Self.linkLimit else { return }
        if target.hasPrefix("/") { current = "/" }
        pending += Self.components(target)
      } else if pending.isEmpty || !System.exists(candidate) {
        watch(name, in: current)
        return
      } else {
        current = candidate
      }
    }
  }

  private mutating func watch(_ name: String, in directory: String) {
    if !directories.contains(directory) { directories.append(directory) }
    names.insert(name)
  }

  /// The parts of a path, the last first.
  private static func components(_ path: String) -> [String] {
    path.split(separator: "/").filter { $0 != "." }.map(String.init).reversed()
  }
}
