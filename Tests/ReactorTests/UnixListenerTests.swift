import Glibc
import Reactor
import TestSupport
import Testing

@Suite struct UnixListenerTests {
  private let temporary: TemporaryFolder
  private var folder: String { temporary.path }

  init() throws { temporary = try TemporaryFolder() }

  private func node(_ path: String) -> stat? {
    var status = stat()
    return lstat(path, &status) == 0 ? status : nil
  }

  @Test("The socket is its owner's alone, whatever the umask, and nothing else is left in the folder")
  func mode() throws {
    let path = folder + "/admin.sock"
    let before = umask(0)
    let listener = try UnixListener(path: path)
    umask(before)
    let status = try #require(node(path))
    #expect(status.st_mode & S_IFMT == S_IFSOCK)
    #expect(status.st_mode & 0o777 == 0o600)
    #expect(listener.path == path)
    #expect(entries() == ["admin.sock"])
  }

  @Test("The path goes with the listener, unless another has taken it over")
  func removal() throws {
    let path = folder + "/admin.sock"
    do { _ = try UnixListener(path: path) }
    #expect(node(path) == nil)
    let second: UnixListener
    do {
      let first = try UnixListener(path: path)
      second = try UnixListener(path: path)
      _ = first.descriptor.number
    }
    #expect(node(path) != nil)
    _ = second.descriptor.number
  }

  @Test("A socket that a killed process left behind is replaced; anything else is not")
  func leftovers() throws {
    let path = folder + "/admin.sock"
    let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    close(number)
    do { _ = try UnixListener(path: path) }
    close(open(path, O_CREAT | O_WRONLY, 0o600))
    let error = #expect(throws: ListenError.self) { _ = try UnixListener(path: path) }
    #expect(error?.description.contains("something that is no socket is in its place") == true)
    #expect(entries() == ["admin.sock"])
  }

  @Test("The longest path works, and one byte more is refused with the limit")
  func longPath() throws {
    let path = folder + "/" + String(repeating: "a", count: UnixListener.longestPath - folder.utf8.count - 1)
    do { _ = try UnixListener(path: path) }
    let error = #expect(throws: ListenError.self) { _ = try UnixListener(path: path + "a") }
    #expect(error?.description.contains("the path has 108 bytes, a Unix socket's at most 107") == true)
  }

  @Test("A folder that is not there is named")
  func noFolder() {
    let error = #expect(throws: ListenError.self) { _ = try UnixListener(path: folder + "/none/admin.sock") }
    #expect(
      error?.description == "cannot listen on \(folder)/none/admin.sock: open its folder: No such file or directory")
  }

  private func entries() -> [String] {
    guard let handle = opendir(folder) else { return [] }
    defer { closedir(handle) }
    var names: [String] = []
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }
}
