import Glibc

/// The terminal while the program draws on it: keys arrive one by one without echo, and the previous screen comes back on
/// every exit. Ctrl-C and Ctrl-Z still send signals.
struct Terminal: ~Copyable {
  private let before: termios
  private var isEntered = false

  /// Nil unless standard input and output are a terminal.
  init?() {
    var settings = termios()
    guard isatty(STDOUT_FILENO) == 1, unsafe tcgetattr(STDIN_FILENO, &settings) == 0 else { return nil }
    before = settings
  }

  deinit {
    if isEntered { Self.leave(before) }
  }

  mutating func enter() {
    var settings = before
    settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
    _ = unsafe tcsetattr(STDIN_FILENO, TCSADRAIN, &settings)
    Console.write(TerminalCode.enter)
    isEntered = true
  }

  mutating func leave() {
    if isEntered { Self.leave(before) }
    isEntered = false
  }

  private static func leave(_ before: termios) {
    var settings = before
    Console.write(TerminalCode.leave)
    // In the background, the settings belong to the foreground process.
    guard isInForeground else { return }
    // Discard pending keys: they are not meant for the shell.
    _ = unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
  }

  /// Whether this process may draw. After a stop and a continue by signals alone, it is in the background.
  static var isInForeground: Bool { tcgetpgrp(STDIN_FILENO) == getpgrp() }

  /// The size that the terminal reports, or 80 by 24.
  static var size: ScreenSize {
    var size = winsize()
    guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
      return ScreenSize(columns: 80, rows: 24)
    }
    return ScreenSize(columns: min(Int(size.ws_col), 500), rows: min(Int(size.ws_row), 500))
  }

  /// The typed bytes; nil if the terminal is gone.
  static func read() -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = unsafe Glibc.read(STDIN_FILENO, &bytes, bytes.count)
    if count < 0, errno == EINTR || errno == EAGAIN { return [] }
    return count > 0 ? Array(bytes[..<count]) : nil
  }
}

/// The capabilities of the terminal, from environment variables.
struct TerminalKind: Equatable {
  /// Whether it shows block characters and letters beyond ASCII.
  var isUnicode: Bool
  var hasColour: Bool
  /// Whether it supports escape sequences.
  var isAddressable: Bool

  /// - Parameter variable: returns an environment variable; nil if it is empty.
  init(_ variable: (String) -> String?) {
    // The order of setlocale(3).
    let locale = variable("LC_ALL") ?? variable("LC_CTYPE") ?? variable("LANG") ?? ""
    isUnicode = ["utf-8", "utf8"].contains { locale.lowercased().contains($0) }
    isAddressable = variable("TERM").map { $0 != "dumb" } ?? false
    // https://no-color.org
    hasColour = isAddressable && variable("NO_COLOR") == nil
  }
}

/// Finds the keys in the bytes that a terminal sends. The sequences of arrow and function keys (`ESC [ 1 ; 2 S`, `ESC O S`)
/// are skipped, even if they arrive in pieces.
struct KeyReader {
  enum Key: Equatable {
    case quit
    case scope
    case kill
    case redraw
  }

  private enum State { case ground, escape, control, single }
  private var state = State.ground

  mutating func keys(in bytes: [UInt8]) -> [Key] { bytes.compactMap { key($0) } }

  private mutating func key(_ byte: UInt8) -> Key? {
    switch (state, byte) {
    case (_, 0x1B):
      state = .escape
      return nil
    case (.escape, UInt8(ascii: "[")):
      state = .control
      return nil
    case (.escape, UInt8(ascii: "O")):
      state = .single
      return nil
    case (.control, 0x20...0x3F): return nil
    case (.control, _), (.single, _):
      state = .ground
      return nil
    case (.ground, _), (.escape, _):
      state = .ground
      return Self.meaning(byte)
    }
  }

  private static func meaning(_ byte: UInt8) -> Key? {
    switch byte {
    // Also Ctrl-C, if it sends no signal, and Ctrl-D.
    case UInt8(ascii: "q"), UInt8(ascii: "Q"), 3, 4: .quit
    case UInt8(ascii: "s"), UInt8(ascii: "S"): .scope
    case UInt8(ascii: "k"), UInt8(ascii: "K"): .kill
    case 0x0C: .redraw
    default: nil
    }
  }
}
