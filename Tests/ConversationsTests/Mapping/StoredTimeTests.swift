import Testing

@testable import Conversations

@Suite struct StoredTimeTests {
  @Test(
    "times are read in every format, at their limits too",
    arguments: [
      ("1970-01-01T00:00:00Z", TimeFormat.rfc3339, 0), ("2026-03-01T09:00:00+00:00", .rfc3339, 1_772_355_600_000),
      ("2026-03-01t10:30:00.250+01:30", .rfc3339, 1_772_355_600_250),
      ("2024-02-29T00:00:00z", .rfc3339, 1_709_164_800_000),
      ("2000-02-29T23:59:59-23:59", .rfc3339, 951_955_139_000),
      ("2016-12-31T23:59:60Z", .rfc3339, 1_483_228_800_000),
      ("9999-12-31T23:59:59.999999999Z", .rfc3339, 253_402_300_799_999),
      ("1772355790", .seconds, 1_772_355_790_000), ("1772355790.0625", .seconds, 1_772_355_790_062), ("0", .seconds, 0),
      ("253402300799", .seconds, 253_402_300_799_000), ("1772355790123", .milliseconds, 1_772_355_790_123),
      ("253402300799999", .milliseconds, 253_402_300_799_999),
    ])
  func reads(text: String, format: TimeFormat, milliseconds: Int) throws {
    #expect(try StoredTime(Array(text.utf8), format).milliseconds == milliseconds)
  }

  @Test("an offset moves the instant over the ends of days and years")
  func offsets() throws {
    let one = try StoredTime(Array("2025-01-01T00:30:00+01:00".utf8), .rfc3339)
    let other = try StoredTime(Array("2024-12-31T18:00:00-05:30".utf8), .rfc3339)
    #expect(one == other)
    #expect(one.json(.rfc3339) == Array(#""2024-12-31T23:30:00+00:00""#.utf8))
  }

  @Test(
    "what is no time is refused, with the reason",
    arguments: [
      ("", TimeFormat.rfc3339, StoredTime.ParseError.notRFC3339), ("2026-03-01", .rfc3339, .notRFC3339),
      ("2026-03-01 09:00:00Z", .rfc3339, .notRFC3339), ("2026-03-01T09:00:00", .rfc3339, .notRFC3339),
      ("2026-03-01T09:00:00+0000", .rfc3339, .notRFC3339), ("2026-03-01T09:00:00.Z", .rfc3339, .notRFC3339),
      ("2026-03-01T09:00:00.5", .rfc3339, .notRFC3339), ("2026-03-01T09:00:00Zx", .rfc3339, .notRFC3339),
      ("2026-13-01T09:00:00Z", .rfc3339, .outside("month 13")), ("2026-02-29T09:00:00Z", .rfc3339, .outside("day 29")),
      ("2100-02-29T09:00:00Z", .rfc3339, .outside("day 29")), ("2026-04-31T09:00:00Z", .rfc3339, .outside("day 31")),
      ("2026-03-00T09:00:00Z", .rfc3339, .outside("day 0")), ("2026-03-01T24:00:00Z", .rfc3339, .outside("hour 24")),
      ("2026-03-01T09:60:00Z", .rfc3339, .outside("minute 60")),
      ("2026-03-01T09:00:61Z", .rfc3339, .outside("second 61")),
      ("1969-12-31T23:59:59Z", .rfc3339, .beforeOrAfter), ("1970-01-01T00:00:00+00:01", .rfc3339, .beforeOrAfter),
      ("9999-12-31T23:59:59-00:01", .rfc3339, .beforeOrAfter), ("-1", .seconds, .notNumber),
      ("1e9", .seconds, .notNumber),
      ("1.", .seconds, .notNumber), ("253402300800", .seconds, .tooLarge(.seconds)),
      ("1772355790123", .seconds, .tooLarge(.seconds)),
      ("99999999999999999999999999", .milliseconds, .tooLarge(.milliseconds)),
    ])
  func refuses(text: String, format: TimeFormat, error: StoredTime.ParseError) {
    #expect(throws: error) { try StoredTime(Array(text.utf8), format) }
  }

  @Test("every day of the calendar comes back as it was written")
  func roundTrip() throws {
    for day in stride(from: 0, to: 2_932_896, by: 97) {
      let time = StoredTime(milliseconds: day * 86_400_000 + 86_399_120)
      let text = Array(time.json(.rfc3339).dropFirst().dropLast())
      #expect(try StoredTime(text, .rfc3339) == time)
      #expect(try StoredTime(time.json(.milliseconds), .milliseconds) == time)
    }
  }
}
