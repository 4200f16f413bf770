internal import FoundationEssentials

/// Where a configured path leads from the working folder of this process: what a reader elsewhere can open. The address
/// of a server stays as it is.
enum AbsolutePath {
  static func of(_ path: String) -> String {
    guard !["/", "redis://", "rediss://", "unix:"].contains(where: { path.hasPrefix($0) }) else { return path }
    let folder = FileManager.default.currentDirectoryPath
    return folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
  }
}
