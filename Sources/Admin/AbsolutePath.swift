internal import FoundationEssentials

/// Where a configured path leads from the working folder of this process: what a reader elsewhere can open.
enum AbsolutePath {
  static func of(_ path: String) -> String {
    guard !path.hasPrefix("/") else { return path }
    let folder = FileManager.default.currentDirectoryPath
    return folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
  }
}
