import Bytes
import Testing

@Suite struct ByteRangeTests {
  private static let limit = Int(UInt32.max)

  @Test(
    "Bounds outside 0 to 2^32 - 1 are clamped, and an end before the start makes the range empty",
    arguments: [
      (0, 0, 0, 0), (3, 10, 3, 10), (5, 5, 5, 5), (-5, 5, 0, 5), (-5, -1, 0, 0), (7, 3, 7, 7), (7, -1, 7, 7),
      (.min, .max, 0, limit), (.max, .min, limit, limit), (.max, .max, limit, limit), (.min, .min, 0, 0),
      (0, limit, 0, limit), (0, limit + 1, 0, limit), (limit, limit + 9, limit, limit), (2, .max, 2, limit),
    ] as [(Int, Int, Int, Int)])
  func clamping(from start: Int, to end: Int, lower: Int, upper: Int) {
    let range = ByteRange(from: start, to: end)
    #expect((range.start, range.end, range.count) == (lower, upper, upper - lower))
    #expect(range.isEmpty == (lower == upper))
    #expect(range.bounds == lower..<upper)
  }

  @Test("The largest offset and length do not overflow")
  func largest() {
    let range = ByteRange(offset: .max, length: .max)
    #expect(range.end == 2 * Self.limit)
    #expect(range.count == Self.limit)
    #expect(!range.isEmpty)
    #expect(ByteRange.empty == ByteRange(from: 0, to: 0))
  }
}
