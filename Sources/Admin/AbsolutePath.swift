internal import FoundationEssentials

/// Where a configured path leads from the working folder of this process: what a reader elsewhere can open. The address
/// of a server stays as it is.
enum AbsolutePath {
  static func of(_ path: String) -> String {
    guard !path.hasPrefix("/"), !path.hasPrefix("unix:"), !path.contains("://") else { return path }
    let folder = FileManager.default.currentDirectoryPath
    return folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
  }
}
