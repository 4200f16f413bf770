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
