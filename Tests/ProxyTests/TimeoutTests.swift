import Testing

@testable import Proxy

@Suite struct TimeoutTests {
  @Test("Each kind of timeout lasts as long as its own setting")
  func durations() {
    let settings: [(Timeout, WritableKeyPath<TimeoutSettings, UInt64>)] = [
      (.requestHead, \.requestHead), (.clientIdle, \.clientIdle), (.requestBody, \.requestBodyIdle),
      (.connect, \.connect), (.queue, \.queue), (.firstByte, \.firstByte), (.responseIdle, \.responseIdle),
      (.writeIdle, \.writeIdle), (.pooledIdle, \.pooledIdle), (.linger, \.linger),
    ]
    #expect(settings.map(\.0) == Timeout.allCases)
    for (timeout, setting) in settings {
      var changed = TimeoutSettings()
      changed[keyPath: setting] = 123
      for other in Timeout.allCases { #expect((other.duration(changed) == 123) == (other == timeout)) }
    }
  }

  @Test("The kinds are numbered without gaps, for their lists")
  func numbers() {
    #expect(Timeout.allCases.map(\.rawValue) == Array(0..<10))
  }
}
