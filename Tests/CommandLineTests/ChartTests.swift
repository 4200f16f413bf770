import Admin
import Testing

@testable import turnout

@Suite struct ChartTests {
  private static func window(
    _ at: Double, seconds: Double = 1, requests: UInt64 = 10, errors: UInt64 = 0, p95: Double? = 5
  ) -> WindowsDocument.Window {
    var figures = WindowsDocument.Figures(requests: requests, errors: errors)
    figures.p95 = p95
    return .init(at: at, seconds: seconds, legacy: figures, unified: .init())
  }

  private static func document(_ windows: [WindowsDocument.Window], _ marks: [Double] = []) -> WindowsDocument {
    WindowsDocument(
      flag: "F", resolution: 1, fleet: false, windows: windows,
      marks: marks.map { .init(at: $0, revision: 1, enabled: true, percentage: 10, by: nil, reason: nil, local: false) }
    )
  }

  @Test("Bars are as high as their share of the top; unknown, zero and small values look different")
  func bars() {
    let values: [Double?] = [nil, 0, 0.1, 1, 4, 7.9, 8, 99, .nan, -1]
    #expect(Sparkline.text(values, top: 8, isUnicode: true) == " ·▁▁▄███  ")
    #expect(Sparkline.text(values, top: 8, isUnicode: false) == " _..=@@@  ")
    #expect(Sparkline.text([0, 1], top: 0, isUnicode: false) == "__")
  }

  @Test("A response replaces the windows of the same seconds, and old windows are removed")
  func history() {
    var history = WindowHistory()
    #expect(history.next(now: 2_000) == 1_100)
    history.take(Self.document([Self.window(1_999), Self.window(1_998)], [1_998]), from: 1_100)
    #expect(history.windows.map(\.at) == [1_998, 1_999])
    #expect(history.next(now: 2_000) == 1_984)
    history.take(Self.document([Self.window(1_999, requests: 99), Self.window(2_000)], [1_998]), from: 1_984)
    #expect(history.windows.map(\.at) == [1_999, 2_000])
    #expect(history.windows[0].legacy.requests == 99)
    #expect(history.marks.count == 1)
    history.take(Self.document([Self.window(2_899.5)]), from: 2_890)
    #expect(history.windows.map(\.at) == [2_000, 2_899.5])
    var other = Self.document([Self.window(3_000)])
    other.flag = "G"
    history.take(other, from: 2_990)
    #expect(history.windows.map(\.at) == [3_000])
    #expect(history.marks.isEmpty)
  }

  @Test("Implausible times are ignored", arguments: [1e300, -1, 4_102_444_801, .infinity, .nan])
  func moments(at: Double) {
    var history = WindowHistory()
    history.take(Self.document([Self.window(at), Self.window(1_000)], [1_000]), from: -10)
    #expect(history.windows.map(\.at) == [1_000])
    #expect(history.next(now: 1_001) == 985)
  }

  @Test("A column sums its windows; the rate of the last one covers only the time that has passed")
  func columns() {
    var history = WindowHistory()
    let windows = (1_000..<1_025).map { Self.window(Double($0), errors: $0 < 1_010 ? 1 : 0, p95: $0 < 1_010 ? 5 : nil) }
    history.take(Self.document(windows, [1_010, 5_000]), from: 0)
    let series = ChartSeries(history, columns: 30, now: 1_026)
    #expect(series.seconds == 10)
    #expect(series.legacy.rate.count == 30)
    #expect(Array(series.legacy.rate.suffix(4)) == [nil, 10, 10, 10])
    #expect(Array(series.legacy.errors.suffix(3)) == [0.1, 0, 0])
    #expect(Array(series.legacy.p95.suffix(3)) == [5, nil, nil])
    #expect(series.unified.rate.last == 0)
    #expect(series.unified.errors.allSatisfy { $0 == nil })
    #expect(series.marks.map(\.column) == [28])
  }

  @Test("When traffic stops, the chart continues with zero")
  func silence() {
    var history = WindowHistory()
    history.take(Self.document([Self.window(1_000)]), from: 0)
    let series = ChartSeries(history, columns: 30, now: 1_100)
    #expect(series.legacy.rate.last == 0)
    #expect(series.legacy.rate.compactMap { $0 }.max() == 1)
  }

  @Test(
    "Columns are long enough to cover five minutes",
    arguments: [(300, 1), (200, 2), (60, 5), (42, 10), (16, 20), (4, 60), (0, 60)])
  func lengths(columns: Int, seconds: Int) {
    #expect(ChartSeries(WindowHistory(), columns: columns, now: 0).seconds == seconds)
  }

  @Test(
    "No number in a document crashes the command",
    arguments: [Double.infinity, -.infinity, .nan, 1e308, -1e308, 0])
  func anyNumber(at: Double) {
    var history = WindowHistory()
    history.take(Self.document([Self.window(at, seconds: at, p95: at), Self.window(5)], [at]), from: -.infinity)
    #expect(ChartSeries(history, columns: 40, now: at).seconds == 10)
  }
}
