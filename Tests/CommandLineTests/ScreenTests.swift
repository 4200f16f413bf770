import Testing

@testable import turnout

@Suite struct ScreenTests {
  private static let size = ScreenSize(columns: 20, rows: 4)

  @Test("Only changed lines are sent, and a shorter line erases the rest of the longer one")
  func differences() {
    var screen = ScreenBuffer(hasColour: false)
    let first = screen.update([StyledLine("one"), StyledLine("two")], size: Self.size)
    #expect(first == "\u{1B}[0m\u{1B}[2J\u{1B}[1;1Hone\u{1B}[2;1Htwo")
    #expect(screen.update([StyledLine("one"), StyledLine("two")], size: Self.size) == "")
    #expect(screen.update([StyledLine("one"), StyledLine("2")], size: Self.size) == "\u{1B}[2;1H2\u{1B}[K")
    #expect(screen.update([StyledLine("one")], size: Self.size) == "\u{1B}[2;1H\u{1B}[K")
    screen.invalidate()
    #expect(screen.update([StyledLine("one")], size: Self.size) == "\u{1B}[0m\u{1B}[2J\u{1B}[1;1Hone")
  }

  @Test("A new size redraws everything, and nothing exceeds it")
  func resizing() {
    var screen = ScreenBuffer(hasColour: false)
    let lines = (0..<4).map { _ in StyledLine("0123456789") }
    _ = screen.update(lines, size: Self.size)
    let small = screen.update(lines, size: ScreenSize(columns: 4, rows: 2))
    #expect(small == "\u{1B}[0m\u{1B}[2J\u{1B}[1;1H012~\u{1B}[2;1H012~")
  }

  @Test("Colour is used only if enabled, and ends with the text")
  func colour() {
    var line = StyledLine("a ")
    line.append("HARMFUL", .bad)
    var plain = ScreenBuffer(hasColour: false)
    #expect(plain.update([line], size: Self.size).hasSuffix("Ha HARMFUL"))
    var coloured = ScreenBuffer(hasColour: true)
    #expect(coloured.update([line], size: Self.size).hasSuffix("Ha \u{1B}[1;31mHARMFUL\u{1B}[0m"))
    #expect(line.cut(to: 4).text == "a H~")
    #expect(line.cut(to: 0).text == "")
  }

  @Test("Standard variables control colour and Unicode")
  func variables() {
    func kind(_ variables: [String: String]) -> TerminalKind { TerminalKind { variables[$0] } }
    #expect(kind(["TERM": "xterm", "LANG": "de_DE.UTF-8"]).isUnicode)
    #expect(kind(["LC_ALL": "C", "LANG": "de_DE.UTF-8"]).isUnicode == false)
    #expect(kind(["LC_CTYPE": "C.utf8"]).isUnicode)
    #expect(kind(["TERM": "xterm"]).hasColour)
    #expect(!kind(["TERM": "xterm", "NO_COLOR": "1"]).hasColour)
    #expect(!kind([:]).isAddressable)
    #expect(!kind(["TERM": "dumb"]).isAddressable)
    #expect(!kind(["TERM": "dumb"]).hasColour)
  }

  @Test(
    "Keys are found between the sequences of arrow and function keys, even in pieces",
    arguments: [
      (["q"], [.quit]), (["s", "k"], [.scope, .kill]), (["\u{1B}[A", "\u{1B}[1;2S", "\u{1B}OS"], []),
      (["\u{1B}", "[", "1", "q", "q"], [.quit]), (["\u{1B}q"], [.quit]), (["\u{1B}\u{1B}[Cq"], [.quit]),
      (["\u{3}"], [.quit]), (["\u{C}"], [.redraw]), (["xyz\r\n"], []), (["ü"], []),
    ] as [([String], [KeyReader.Key])])
  func keys(pieces: [String], expected: [KeyReader.Key]) {
    var reader = KeyReader()
    #expect(pieces.flatMap { reader.keys(in: Array($0.utf8)) } == expected)
  }
}
