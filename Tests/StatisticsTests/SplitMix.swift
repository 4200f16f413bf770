/// Random numbers that a printed seed brings back.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// Nanoseconds from 1 us to 73 minutes, every power of two equally often.
  mutating func duration() -> UInt64 {
    let exponent = Int.random(in: 9..<42, using: &self)
    return max(1_000, UInt64.random(in: (1 << exponent)..<(2 << exponent), using: &self))
  }
}
