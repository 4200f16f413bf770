import Admin
import FlagStore
import Testing

@testable import turnout

@Suite struct FrameTests {
  private static let size = ScreenSize(columns: 80, rows: 24)

  private static func state(_ document: ComparisonDocument?, isUnicode: Bool = false) -> WatchState {
    var state = WatchState(now: 1_772_358_000, address: "127.0.0.1:9901", systemOptions: "", isUnicode: isUnicode)
    state.comparison = document
    state.status = status
    let windows = (0..<300).map { second in
      var legacy = WindowsDocument.Figures(requests: 20 + UInt64(second) / 3, errors: second == 200 ? 9 : 0)
      var unified = WindowsDocument.Figures(requests: 12, errors: second > 200 && second.isMultiple(of: 40) ? 1 : 0)
      (legacy.p95, unified.p95) = (22.6, second < 150 ? 22.6 : 45.2)
      return WindowsDocument.Window(at: 1_772_357_700 + Double(second), seconds: 1, legacy: legacy, unified: unified)
    }
    let mark = WindowsDocument.Mark(
      at: 1_772_357_900, revision: 4, enabled: true, percentage: 10, by: nil, reason: nil, local: false)
    state.history.take(
      WindowsDocument(
        flag: "UNIFIED_CONVERSATION_ENABLED", resolution: 1, fleet: false, windows: windows, marks: [mark]), from: 0)
    return state
  }

  private static var status: StatusDocument {
    StatusDocument(
      version: "0.1.0", pid: 1, startedAt: "", uptimeSeconds: 1, ready: true, draining: false, workers: 1, listen: [],
      generation: 7, flags: [], flagSource: .init(path: "/f", valid: true), cohorts: [], localResponses: [],
      connections: .init(open: 0, accepted: 0, acceptPauses: 0))
  }

  private static func text(_ state: WatchState, _ size: ScreenSize = size) -> [String] {
    Frame(state: state, size: size).lines.map(\.text)
  }

  @Test("A frame of 80 by 24, without Unicode")
  func ordinary() {
    #expect(
      Self.text(Self.state(ComparisonFixture.harmful)).joined(separator: "\n") == """
        UNIFIED_CONVERSATION_ENABLED  10 %
        stage 2 h 5 min, 3 proxies, revision 4, generation 7, since 2026-03-01T07:35:00Z
        10 s a column, last 6 min, this proxy                              now       max
        requests/s  legacy            :::----=====++++*****####@@@@@       118       118
                    unified           @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@        12        12
        error rate  legacy            ____________________@_________    0.00 %    1.03 %
                    unified           ________________________#___#_    0.00 %    0.83 %
        p95         legacy            ==============================   22.6 ms   22.6 ms
                    unified           ===============@@@@@@@@@@@@@@@   45.2 ms   45.2 ms
        changes                                           ^10 %
        measure            legacy     unified   difference           interval  verdict
        requests          123,456      13,717
        users               9,012       1,001
        errors                148          74
        error rate         0.12 %      0.54 %     +0.42 pt     +0.18 to +0.66  HARMFUL
        slow > p95         5.00 %      5.12 %     +0.12 pt     -0.31 to +0.55  undecided
        slowest > p99      1.02 %      0.99 %     -0.03 pt     -0.41 to +0.35  safe
        mean              12.3 ms     14.8 ms      +2.5 ms       -1.2 to +6.2  safe
        p95               36.9 ms     44.4 ms      +7.5 ms
        p99               87.3 ms      105 ms       +18 ms
        conversations   0.032/req   0.030/req       -7.7 %      -15.0 to -0.4  safe
        Unified's error rate is higher by 0.42 points (0.18 to 0.66): harmful. `turnout
        kill` rolls back.
        q quit   s last 15 min   k kill command
        """)
  }

  @Test(
    "At any size, a frame fills the screen without overflow, in ASCII if required",
    arguments: [
      (40, 10), (41, 11), (60, 12), (80, 24), (120, 40), (500, 100), (40, 100), (500, 4), (1, 1), (3, 2), (10, 3),
    ])
  func sizes(columns: Int, rows: Int) {
    let size = ScreenSize(columns: columns, rows: rows)
    for document in [ComparisonFixture.harmful, ComparisonFixture.empty, ComparisonFixture.extreme, nil] {
      for (isUnicode, showsKill) in [(true, false), (false, true)] {
        var state = Self.state(document, isUnicode: isUnicode)
        state.showsKill = showsKill
        let lines = Self.text(state, size)
        #expect(lines.count <= rows)
        #expect((rows <= 2 || lines.count == rows))
        #expect(lines.allSatisfy { $0.count <= columns })
        #expect(lines.joined().unicodeScalars.allSatisfy { $0.value >= 0x20 && (isUnicode || $0.isASCII) })
      }
    }
  }

  @Test("The smallest screen still shows what is in force, the verdict, and how to quit")
  func smallest() {
    let lines = Self.text(Self.state(ComparisonFixture.harmful), ScreenSize(columns: 40, rows: 10))
    #expect(lines[0] == "UNIFIED_CONVERSATION_ENABLED  10 %")
    #expect(lines.contains { $0.hasPrefix("error rate") && $0.hasSuffix("HARMFUL") }, "\(lines)")
    #expect(lines.contains { $0.hasPrefix("Unified's error rate is higher") })
    #expect(lines[9] == "q quit   s last 15 min   k kill command")
  }

  @Test("An unresponsive proxy is reported, with the age of the data")
  func unreachable() {
    var state = Self.state(ComparisonFixture.harmful)
    state.error = .unreachable("Connection refused")
    state.ageSeconds = 75
    let lines = Self.text(state)
    #expect(lines[1] == "NO RESPONSE from 127.0.0.1:9901: Connection refused; the data is 1 min old.")
    #expect(lines[2] == "Retrying.")
    #expect(lines.contains { $0.hasPrefix("error rate") })
    (state.comparison, state.status, state.ageSeconds) = (nil, nil, nil)
    #expect(Self.text(state)[1] == "NO RESPONSE from 127.0.0.1:9901: Connection refused. Retrying.")
    state.error = .refused(status: 404, reason: "Nothing is at this path.")
    #expect(Self.text(state)[1].hasPrefix("THE PROXY CANNOT COMPARE: Nothing is at this path."))
  }

  @Test("Overrides of the flag are alerts, and a killed flag is obvious even without colour")
  func alerts() {
    var document = ComparisonFixture.harmful
    (document.enabled, document.sampleRatio.off, document.silentProxies) = (false, true, ["edge-2"])
    var state = Self.state(document)
    state.status?.flagSource.localKill = LocalKill(by: "anna", reason: nil, hard: false, at: 1_772_357_400)
    state.status?.flagSource.storeLost = true
    let lines = Self.text(state)
    #expect(lines[0] == "UNIFIED_CONVERSATION_ENABLED  KILLED, all go to legacy (10 % remembered)")
    #expect(lines.contains("KILLED LOCALLY by anna, 10 min ago"))
    #expect(lines.contains("STORE LOST: everyone goes to legacy"))
    #expect(lines.contains { $0.hasPrefix("SPLIT IS OFF: ") })
    #expect(lines.contains("SILENT: edge-2"))
  }

  @Test("The kill command names the same flag and system, and is only shown")
  func killCommand() {
    var state = Self.state(ComparisonFixture.harmful)
    #expect(state.killCommand == #"turnout kill --reason "...""#)
    #expect(!Self.text(state).contains { $0.contains("turnout kill --reason") })
    state.comparison?.flag = "OTHER"
    (state.systemOptions, state.showsKill) = (" --admin h:1", true)
    #expect(Self.text(state).contains(#"turnout kill --reason "..." --flag OTHER --admin h:1"#))
  }

  @Test("Changes are marked under their columns; without room, only by a sign")
  func marks() {
    var state = Self.state(ComparisonFixture.harmful)
    let changes = [(7_900, true, 10.0), (7_970, true, 50.0), (7_990, false, 50.0), (7_999, true, 50.0)]
    let marks = changes.map { at, isOn, percentage in
      WindowsDocument.Mark(
        at: 1_772_350_000 + Double(at), revision: 1, enabled: isOn, percentage: percentage, by: nil, reason: nil,
        local: false)
    }
    let windows = state.history.windows
    state.history = WindowHistory()
    state.history.take(
      WindowsDocument(flag: "F", resolution: 1, fleet: true, windows: windows, marks: marks), from: 0)
    #expect(Self.text(state).contains("changes" + String(repeating: " ", count: 43) + "^10 %  ^ ^50 %"))
  }

  @Test("Foreign text takes one column per character")
  func foreignText() {
    #expect(WatchState.narrow("Zoë Ж 界 e\u{301} \u{1B}", isUnicode: true) == "Zoë Ж ? e? \\u{1b}")
    #expect(WatchState.narrow("Zoë", isUnicode: false) == "Zo?")
  }

  @Test("Groups that do not fit are omitted as a whole, and a heading never stands alone")
  func fitting() {
    var rows = FrameRows()
    func lines(_ texts: String...) -> [StyledLine] { texts.map { StyledLine($0) } }
    rows.add(lines("a"), rank: 0)
    rows.beginSection()
    rows.add(lines("heading"), rank: 1, isHeading: true)
    rows.add(lines("b", "c"), rank: 2)
    rows.beginSection()
    rows.add(lines("d"), rank: 3)
    func shown(_ height: Int) -> String { rows.fitted(to: height).map(\.text).joined(separator: ",") }
    #expect(shown(7) == "a,,heading,b,c,,d")
    #expect(shown(5) == "a,heading,b,c,d")
    #expect(shown(4) == "a,heading,b,c")
    #expect(shown(3) == "a,d")
    #expect(shown(1) == "a")
    #expect(shown(0) == "")
  }
}
