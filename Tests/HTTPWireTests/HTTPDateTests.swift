import HTTPWire
import Testing

@Suite struct HTTPDateTests {
  @Test(
    "Date is written as RFC 9110 5.6.7 says, over leap years and centuries, and by a clock that is before 1970",
    arguments: [
      (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
      (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
      (1_709_251_200, "Fri, 01 Mar 2024 00:00:00 GMT"), (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
      (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"), (-1, "Thu, 01 Jan 1970 00:00:00 GMT"),
      (.min + 1, "Thu, 01 Jan 1970 00:00:00 GMT"),
    ])
  func text(seconds: Int, expected: String) {
    var date = HTTPDate()
    date.update(seconds: seconds)
    #expect(date.description == expected)
  }

  @Test("Every day from 1970 to 2400 follows the day before")
  func everyDay() {
    let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    var date = HTTPDate()
    var number = 0
    for year in 1970...2400 {
      let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
      for (month, days) in zip(months, [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
        for day in 1...days {
          date.update(seconds: number * 86_400 + 45_296)
          let expected = "\(weekdays[number % 7]), \(day < 10 ? "0" : "")\(day) \(month) \(year) 12:34:56 GMT"
          if date.description != expected { Issue.record("\(expected) is written \(date)") }
          number += 1
        }
      }
    }
  }

  @Test("Every second of a day is written with two digits for each part")
  func everySecond() {
    var date = HTTPDate()
    let digits = (0..<60).map { ($0 < 10 ? "0" : "") + String($0) }
    for second in 0..<86_400 {
      date.update(seconds: 951_782_400 + second)
      let time = "\(digits[second / 3_600]):\(digits[second / 60 % 60]):\(digits[second % 60])"
      if date.description != "Tue, 29 Feb 2000 \(time) GMT" { Issue.record("\(time) is written \(date)") }
    }
  }
}
