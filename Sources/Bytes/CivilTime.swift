/// A moment in UTC as calendars and clocks show it.
public struct CivilTime: Equatable, Sendable {
  public let year: Int
  /// 1 to 12, 1 to 31.
  public let month, day: Int
  public let hour, minute, second: Int
  /// 0 is Sunday.
  public let weekday: Int

  /// The date of `seconds` since 1970; a time before counts as 1970, for a clock that was never set.
  ///
  /// Year, month and day by the proleptic Gregorian calendar: counted in 400-year eras of 146 097 days with years that
  /// begin in March, so that the leap day comes last.
  public init(seconds: Int) {
    let seconds = max(0, seconds)
    let days = seconds / 86_400
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
    day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let ofDay = seconds % 86_400
    (hour, minute, second) = (ofDay / 3_600, ofDay % 3_600 / 60, ofDay % 60)
    weekday = (days + 4) % 7
  }
}
