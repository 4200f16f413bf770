import Glibc

/// The terminal while a program draws on it: keys come one by one and unseen, and what was there before comes back,
/// whatever the way out. Ctrl-C and Ctrl-Z stay signals.
struct Terminal: ~Copyable {
  private let before: termios
  private var isEntered = false

  /// Nil where standard input or output is no terminal.
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
    Console.write(Escape.enter)
    isEntered = true
  }

  mutating func leave() {
    if isEntered { Self.leave(before) }
    isEntered = false
  }

  private static func leave(_ before: termios) {
    var settings = before
    Console.write(Escape.leave)
    // In the background the settings are those of whoever has the terminal now.
    guard isOurs else { return }
    // Keys that came too late are not for the shell.
    _ = unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
  }

  /// Whether this process is in the foreground. Stopped and continued by a signal alone, it is not, and must not draw.
  static var isOurs: Bool { tcgetpgrp(STDIN_FILENO) == getpgrp() }

  /// As large as the terminal says, or 80 by 24 where it does not.
  static var size: ScreenSize {
    var size = winsize()
    guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
      return ScreenSize(columns: 80, rows: 24)
    }
    return ScreenSize(columns: min(Int(size.ws_col), 500), rows: min(Int(size.ws_row), 500))
  }

  /// What was typed; nil when the terminal is gone.
  static func read() -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = unsafe Glibc.read(STDIN_FILENO, &bytes, bytes.count)
    if count < 0, errno == EINTR || errno == EAGAIN { return [] }
    return count > 0 ? Array(bytes[..<count]) : nil
  }
}

/// What the terminal can show, by the variables that say so.
struct TerminalKind: Equatable {
  /// Block characters and letters beyond ASCII.
  var isUnicode: Bool
  var hasColour: Bool
  /// Whether it obeys escape sequences at all.
  var isAddressable: Bool

  /// - Parameter variable: the value of an environment variable; nil for an empty one.
  init(_ variable: (String) -> String?) {
    // The order of setlocale(3).
    let locale = variable("LC_ALL") ?? variable("LC_CTYPE") ?? variable("LANG") ?? ""
    isUnicode = ["utf-8", "utf8"].contains { locale.lowercased().contains($0) }
    isAddressable = variable("TERM").map { $0 != "dumb" } ?? false
    // https://no-color.org
    hasColour = isAddressable && variable("NO_COLOR") == nil
  }
}

/// Finds the keys in what a terminal sends. What arrows and the like send (`ESC [ 1 ; 2 S`, `ESC O S`) is passed over,
/// also where it comes in pieces.
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
    // Ctrl-C where it is no signal, and Ctrl-D.
    case UInt8(ascii: "q"), UInt8(ascii: "Q"), 3, 4: .quit
    case UInt8(ascii: "s"), UInt8(ascii: "S"): .scope
    case UInt8(ascii: "k"), UInt8(ascii: "K"): .kill
    case 0x0C: .redraw
    default: nil
    }
  }
}
