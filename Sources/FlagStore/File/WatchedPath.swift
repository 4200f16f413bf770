/// The folders in which a change can change what a path leads to, and the names in them that matter.
///
/// `/etc/turnout/flags.json` is a link to `..data/flags.json`, and `..data` one to `..2026_03_01`, as Kubernetes mounts a
/// config map: the swap of `..data` happens in `/etc/turnout`, an edit of the file in `/etc/turnout/..2026_03_01`. Where
/// a part of the path is missing, the folder that it would be in is watched.
struct WatchedPath: Equatable {
  private(set) var directories: [String] = []
  private(set) var names: Set<String> = []

  /// Linux follows no more links than this in one path (path_resolution(7)).
  private static let linkLimit = 40

  /// Walks the path as the kernel would, link by link.
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
