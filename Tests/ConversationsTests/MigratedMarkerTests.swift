import Testing

@testable import Conversations

@Suite("A kept legacy key expires at a moment by which it is known")
struct KeptExpiryTests {
  @Test(
    "The first such moment of an hour, not before the time is over", arguments: [0, 1, 1_037_016, 1_037_017, 3_599_999])
  func moment(past: Int) {
    let now = 1_795_423_200_000 + past
    let moment = MigratedMarker.moment(now: now, keep: 604_800_000)
    #expect(moment % MigratedMarker.period == MigratedMarker.mark)
    #expect((604_800_000..<608_400_000).contains(moment - now))
    #expect(MigratedMarker.isKept(left: moment - now, now: now, longest: 1_800_000))
  }

  @Test("Clocks that were read some milliseconds apart make no difference; another moment, or a short life, does")
  func known() {
    let now = 1_795_423_200_000
    let left = MigratedMarker.moment(now: now, keep: 604_800_000) - now
    for (off, isKept) in [(0, true), (50, true), (-50, true), (51, false), (-51, false), (1_800_000, false)] {
      #expect(MigratedMarker.isKept(left: left + off, now: now, longest: 1_800_000) == isKept, "\(off)")
    }
    #expect(!MigratedMarker.isKept(left: left, now: now, longest: left))
    #expect(!MigratedMarker.isKept(left: -1, now: now, longest: 1_800_000))
  }
}
