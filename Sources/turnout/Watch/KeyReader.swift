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
