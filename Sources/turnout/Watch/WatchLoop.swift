import Admin
import Configuration
import Glibc
import Reactor

/// `turnout watch` on a terminal: waits for news, keys and signals, and draws.
struct WatchLoop: ~Copyable {
  private let feed: WatchFeed
  private let inbox: SignalInbox
  private var terminal: Terminal
  private var state: WatchState
  private var screen: Screen
  private var keys = KeyReader()
  private var isOver = false

  private static let ending = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]
  /// SIGTTOU would stop a process that gives the terminal back from the background.
  static let signals = ending + [SIGTSTP, SIGCONT, SIGWINCH, SIGTTOU]

  init(
    feed: WatchFeed, inbox: consuming SignalInbox, terminal: consuming Terminal, state: WatchState, hasColour: Bool
  ) {
    self.feed = feed
    self.inbox = inbox
    self.terminal = terminal
    self.state = state
    screen = Screen(hasColour: hasColour)
  }

  /// Until somebody ends it. Gives what is to stand on the terminal afterwards.
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
    guard Terminal.isOurs else { return }
    let news = feed.news
    (state.status, state.comparison, state.history) = (news.status, news.comparison, news.history)
    state.trouble = news.trouble
    state.ageSeconds = news.answeredAt == 0 ? nil : Int((MonotonicClock.now() &- news.answeredAt) / 1_000_000_000)
    state.now = WallClock.seconds()
    let size = Terminal.size
    Console.write(screen.update(Frame(state: state, size: size).lines, size: size))
  }

  /// For news, a key or a signal; a second at most, since the age of what is shown goes on.
  private mutating func wait() {
    // A negative descriptor is passed over: in the background, keys are not ours.
    let keyboard = Terminal.isOurs ? STDIN_FILENO : -1
    var entries = [keyboard, feed.changed.descriptor.number, inbox.descriptor.number].map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    guard unsafe poll(&entries, nfds_t(entries.count), 1_000) > 0 else { return }
    if entries[1].revents != 0 { feed.changed.clear() }
    guard entries[0].revents != 0 else { return }
    // A terminal that is gone.
    guard let bytes = Terminal.read() else { return isOver = true }
    for key in keys.keys(in: bytes) { obey(key) }
  }

  private mutating func obey(_ key: KeyReader.Key) {
    switch key {
    case .quit: isOver = true
    case .kill: state.showsKill.toggle()
    case .redraw: screen.forget()
    case .scope:
      state.scope = state.scope == .stage ? .since(SinceTime(seconds: 900)) : .stage
      feed.ask(state.scope)
    }
  }

  private mutating func takeSignals() {
    while let signal = inbox.take() {
      switch signal {
      case SIGTSTP:
        terminal.leave()
        inbox.obey(SIGTSTP)
        resume()
      // After a stop that nobody was asked about.
      case SIGCONT: resume()
      case SIGWINCH: screen.forget()
      case SIGTTOU: break
      default: isOver = true
      }
    }
  }

  private mutating func resume() {
    guard Terminal.isOurs else { return }
    terminal.enter()
    screen.forget()
  }
}

/// All that a frame is made of. A frame is a pure function of this and the size of the terminal.
struct WatchState {
  var status: StatusDocument?
  var comparison: ComparisonDocument?
  var history = WindowHistory()
  /// What the last attempt came to, if it was none.
  var trouble: AdminError?
  /// Since the last whole answer; nil before the first.
  var ageSeconds: Int?
  /// Seconds since 1970.
  var now: Int
  /// Whom it asks, for when nobody answers.
  var place: String
  var scope = ComparisonQuery.Scope.stage
  /// The options that name the system, as they were typed.
  var systemOptions: String
  var showsKill = false
  var isUnicode: Bool

  /// The flag that is looked at, as the proxy has it in force.
  var flag: StatusDocument.FlagState? {
    guard let status else { return nil }
    guard let name = comparison?.flag else { return status.flags.first }
    return status.flags.first { $0.name == name }
  }

  /// The command line that `k` shows. `watch` itself kills nothing: a slip of a finger must not.
  var killCommand: String {
    let name = comparison?.flag ?? Configuration.standardFlag
    let option = name == Configuration.standardFlag ? "" : " --flag \(Shell.quoted(name))"
    return "turnout kill --reason \"...\"\(option)\(systemOptions)"
  }

  /// What others wrote, in characters that take one column each.
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
