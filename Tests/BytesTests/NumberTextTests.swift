import Bytes
import Testing

@Suite struct NumberTextTests {
  @Test(
    "Counts are grouped, and never wider than eleven characters",
    arguments: [
      (0, "0"), (999, "999"), (1_000, "1,000"), (999_999_999, "999,999,999"), (1_000_000_000, "1,000.0 M"),
      (99_999_949_999, "99,999.9 M"), (99_999_999_999, "100.0 G"), (1_000_000_000_000, "1,000.0 G"),
      (UInt64.max, "18,446.7 P"),
    ])
  func counts(value: UInt64, text: String) {
    #expect(NumberText.count(value) == text)
    #expect(text.count <= 11)
  }

  @Test(
    "Estimates show the digits that they are good for",
    arguments: [
      (0.0, "~0"), (7.4, "~7"), (999, "~999"), (9_012, "~9,010"), (123_456_789, "~123,000,000"), (-1, "-"),
      (.infinity, "-"),
    ])
  func estimates(value: Double, text: String) {
    #expect(NumberText.estimate(value) == text)
  }

  @Test(
    "What is not all is not shown as all, and what is not nothing not as nothing",
    arguments: [
      (nil, "-"), (0.0, "0.00 %"), (1.0, "100.00 %"), (0.999995, ">99.99 %"), (0.9999, "99.99 %"),
      (0.000001, "<0.01 %"), (0.00005, "0.01 %"), (0.0012, "0.12 %"), (.nan, "-"), (12.5, "1,250.00 %"),
    ] as [(Double?, String)])
  func percents(share: Double?, text: String) {
    #expect(NumberText.percent(share, decimals: 2) == text)
  }

  @Test("With more decimals, 99.9995 % is told as it is")
  func nearlyAll() {
    #expect(NumberText.percent(0.999995, decimals: 4) == "99.9995 %")
  }

  @Test(
    "Latencies have three digits that count",
    arguments: [
      (nil, "-"), (0.0, "0.000 ms"), (0.0462, "0.046 ms"), (0.0999, "0.10 ms"), (8.444, "8.44 ms"),
      (9.999, "10.0 ms"), (45.24, "45.2 ms"), (99.99, "100 ms"), (1_234.5, "1,235 ms"), (999_999, "999,999 ms"),
      (1_200_000, "1,200 s"), (1e300, "1e+297 s"), (-3.5, "-3.50 ms"),
    ] as [(Double?, String)])
  func latencies(value: Double?, text: String) {
    #expect(NumberText.milliseconds(value) == text)
  }

  @Test(
    "Differences have a sign, unless nothing is left of them",
    arguments: [
      (0.42, 2, "+0.42"), (-3.0, 0, "-3"), (0.001, 2, "0.00"), (-0.004, 2, "0.00"), (-1_234.56, 1, "-1,234.6"),
    ])
  func signs(value: Double, decimals: Int, text: String) {
    #expect(NumberText.signed(value, decimals) == text)
  }

  @Test(
    "Two digits of what is uncertain", arguments: [(0.24, 2), (0.024, 3), (2.4, 1), (24.0, 0), (240, 0), (1e-300, 4)])
  func decimals(half: Double, decimals: Int) {
    #expect(NumberText.decimals(forTwo: half, atMost: 4) == decimals)
    #expect(NumberText.decimals(forTwo: .nan, atMost: 4) == 4)
  }

  @Test(
    "A time to come is told in one unit",
    arguments: [
      (0.0, "about 1 s"), (119.5, "about 120 s"), (121, "about 2 min"), (7_300, "about 2 h"), (259_200, "about 3 days"),
      (1e300, "more than 10 years"), (.nan, "more than 10 years"),
    ])
  func times(seconds: Double, text: String) {
    #expect(NumberText.about(seconds: seconds) == text)
  }
}
