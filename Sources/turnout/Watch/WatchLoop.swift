import Admin
import Configuration
import Glibc
import Reactor

/// `turnout watch` on a terminal: waits for updates, keys and signals, and draws.
struct WatchLoop: ~Copyable {
  private let feed: WatchFeed
  private let inbox: SignalInbox
  private var terminal: Terminal
  private var state: WatchState
  private var screen: ScreenBuffer
  private var keys = KeyReader()
  private var isOver = false

  private static let ending = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]
  /// SIGTTOU would stop a background process that restores the terminal settings.
  static let signals = ending + [SIGTSTP, SIGCONT, SIGWINCH, SIGTTOU]

  init(
    feed: WatchFeed, inbox: consuming SignalInbox, terminal: consuming Terminal, state: WatchState, hasColour: Bool
  ) {
    self.feed = feed
    self.inbox = inbox
    self.terminal = terminal
    self.state = state
    screen = ScreenBuffer(hasColour: hasColour)
  }

  /// Runs until the user ends it. Returns what to leave on the terminal.
  mutating func run() -> String {
    terminal.enter()
    while !isOver {
      draw()
      wait()
      takeSignals()
    }
    terminal.leave()
    return state.showsKill ? state.killCommand + "\n" : ""
  }

  private mutating func draw() {
    guard Terminal.isInForeground else { return }
    let update = feed.latest
    (state.status, state.comparison, state.history) = (update.status, update.comparison, update.history)
    state.error = update.error
    state.ageSeconds = update.completedAt.map { Int((MonotonicClock.now() &- $0) / 1_000_000_000) }
    state.now = WallClock.seconds()
    let size = Terminal.size
    Console.write(screen.update(Frame(state: state, size: size).lines, size: size))
  }

  /// Waits for an update, a key or a signal, at most a second, because the age of the data is shown.
  private mutating func wait() {
    // poll(2) ignores a negative descriptor: in the background, keys belong to another process.
    let keyboard = Terminal.isInForeground ? STDIN_FILENO : -1
    var entries = [keyboard, feed.changed.descriptor.number, inbox.descriptor.number].map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    guard unsafe poll(&entries, nfds_t(entries.count), 1_000) > 0 else { return }
    if entries[1].revents != 0 { feed.changed.clear() }
    guard entries[0].revents != 0 else { return }
    // Without input the terminal is gone.
    guard let bytes = Terminal.read() else { return isOver = true }
    for key in keys.keys(in: bytes) { handle(key) }
  }

  private mutating func handle(_ key: KeyReader.Key) {
    switch key {
    case .quit: isOver = true
    case .kill: state.showsKill.toggle()
    case .redraw: screen.invalidate()
    case .scope:
      state.scope = state.scope == .stage ? .since(DurationArgument(.seconds(900))) : .stage
      feed.show(state.scope)
    }
  }

  private mutating func takeSignals() {
    while let signal = inbox.take() {
      switch signal {
      case SIGTSTP:
        terminal.leave()
        inbox.obey(SIGTSTP)
        resume()
      // After a SIGSTOP, which cannot be caught.
      case SIGCONT: resume()
      case SIGWINCH: screen.invalidate()
      case SIGTTOU: break
      default: isOver = true
      }
    }
  }

  private mutating func resume() {
    guard Terminal.isInForeground else { return }
    terminal.enter()
    screen.invalidate()
  }
}

/// Everything that a frame shows. A frame is a pure function of this state and the size of the terminal.
struct WatchState {
  var status: StatusDocument?
  var comparison: ComparisonDocument?
  var history = WindowHistory()
  /// Why the last refresh failed.
  var error: AdminError?
  /// Since the last complete refresh; nil before the first.
  var ageSeconds: Int?
  /// Seconds since 1970.
  var now: Int
  /// The admin port, shown if it does not respond.
  var address: String
  var scope = ComparisonQuery.Scope.stage
  /// The options that name the system, as typed.
  var systemOptions: String
  var showsKill = false
  var isUnicode: Bool

  /// The watched flag, as it is in force in the proxy.
  var flag: StatusDocument.FlagState? {
    guard let status else { return nil }
    guard let name = comparison?.flag else { return status.flags.first }
    return status.flags.first { $0.name == name }
  }

  /// The command line that `k` shows. `watch` itself never kills, because a key is too easily pressed.
  var killCommand: String {
    let name = comparison?.flag ?? Configuration.standardFlag
    let option = name == Configuration.standardFlag ? "" : " --flag \(Shell.quoted(name))"
    return "turnout kill --reason \"...\"\(option)\(systemOptions)"
  }

  /// Foreign text, in characters that take one column each.
  func shown(_ text: String) -> String { Self.narrow(text, isUnicode: isUnicode) }

  static func narrow(_ text: String, isUnicode: Bool) -> String {
    var result = ""
    for scalar in Console.printable(text).unicodeScalars {
      switch scalar.value {
      case 0x20..<0x7F: result.unicodeScalars.append(scalar)
      // Latin, Greek and Cyrillic letters without combining marks.
      case 0xA1..<0x300 where isUnicode, 0x370..<0x483 where isUnicode, 0x48A..<0x530 where isUnicode:
        result.unicodeScalars.append(scalar)
      default: result += "?"
      }
    }
    return result
  }
}
