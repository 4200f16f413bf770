import TestSupport

extension SeededGenerator {
  /// `bytes` with one to three of them changed, removed or doubled.
  mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
    var result = bytes
    for _ in 0..<Int.random(in: 1...3, using: &self) {
      let index = Int.random(in: 0..<result.count, using: &self)
      switch Int.random(in: 0..<4, using: &self) {
      case 0: result.remove(at: index)
      case 1: result.insert(result[index], at: index)
      case 2: result[index] = [0, 9, 10, 13, 32, 58, 59, 255].randomElement(using: &self) ?? 0
      default: result[index] ^= 1 << UInt8.random(in: 0..<8, using: &self)
      }
    }
    return result
  }
}
