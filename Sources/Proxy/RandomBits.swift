/// xoshiro256** (Blackman and Vigna, 2018): request ids that do not collide. For what must not be guessed there is the
/// system's generator.
struct RandomBits {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  /// Seeded by the system's generator.
  init() {
    var system = SystemRandomNumberGenerator()
    state = (system.next() | 1, system.next(), system.next(), system.next())
  }

  mutating func next() -> UInt64 {
    let product = state.1 &* 5
    let result = (product &<< 7 | product &>> 57) &* 9
    let shifted = state.1 &<< 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = state.3 &<< 45 | state.3 &>> 19
    return result
  }
}
