import Foundation
import Glibc
import Synchronization
import TestSupport

/// A program of ours on a terminal of its own, as a person would run it.
final class TerminalProcess: Sendable {
  private let process: Program
  private let keyboard: Int32
  /// What has to live as long.
  private let owner: any AnyObject & Sendable
  private let folder: TemporaryFolder
  private let before: [UInt8]
  private let seen = Mutex<[UInt8]>([])

  init(_ arguments: [String], columns: Int, rows: Int, owner: any AnyObject & Sendable) throws {
    self.owner = owner
    folder = try TemporaryFolder()
    var (master, screen): (Int32, Int32) = (-1, -1)
    guard openpty(&master, &screen, nil, nil, nil) == 0 else {
      throw SetupError("no pseudo-terminal: \(String(cString: strerror(errno)))")
    }
    defer { close(screen) }
    for descriptor in [master, screen] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(master, F_SETFL, O_NONBLOCK)
    keyboard = master
    Self.setSize(master, columns, rows)
    before = Self.settings(master)
    // setsid --ctty makes its standard input the terminal of the new session.
    let path = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(screen)")
    let command = #"exec setsid --ctty "$0" "$@" <\#(path) >\#(path) 2>&1"#
    process = try Program(
      "/bin/sh", ["-c", command, try ProxyProcess.binary()] + arguments, in: folder.path,
      environment: ["TERM": "xterm", "LC_ALL": "C.UTF-8", "NO_COLOR": "1"], log: folder.file("log"))
  }

  deinit { close(keyboard) }

  func type(_ text: String) { _ = text.withCString { write(keyboard, $0, strlen($0)) } }

  func send(_ signal: Int32) { process.send(signal) }

  func resize(columns: Int, rows: Int) { Self.setSize(keyboard, columns, rows) }

  /// Waits until `text` was printed after all that was asked for before, and gives what came up to its end.
  func read(until text: String, within seconds: Double = 10) throws -> String {
    let wanted = Array(text.utf8)
    var found: String?
    eventually(within: .seconds(seconds)) {
      pull()
      found = seen.withLock { seen in
        guard let range = seen.firstRange(of: wanted) else { return nil }
        let shown = String(decoding: seen[..<range.upperBound], as: UTF8.self)
        seen.removeSubrange(..<range.upperBound)
        return shown
      }
      return found != nil
    }
    guard let found else {
      throw SetupError(
        "not printed: \(text); but \(seen.withLock { String(decoding: $0, as: UTF8.self) }.debugDescription)")
    }
    return found
  }

  private func pull() {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = Glibc.read(keyboard, &chunk, chunk.count)
      guard count > 0 else { return }
      seen.withLock { $0 += chunk[..<count] }
    }
  }

  func exitStatus(within seconds: Double = 10) -> Program.ExitStatus? {
    eventually(within: .seconds(seconds)) { process.exitStatus != nil }
    return process.exitStatus
  }

  /// Whether lines are read, echoed and so on as they were at the beginning.
  var isRestored: Bool { Self.settings(keyboard) == before }

  private static func settings(_ terminal: Int32) -> [UInt8] {
    var settings = termios()
    tcgetattr(terminal, &settings)
    return withUnsafeBytes(of: &settings) { Array($0) }
  }

  private static func setSize(_ terminal: Int32, _ columns: Int, _ rows: Int) {
    var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(terminal, UInt(TIOCSWINSZ), &size)
  }
}
