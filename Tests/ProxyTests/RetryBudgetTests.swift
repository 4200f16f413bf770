import Testing

@testable import Proxy

@Suite struct RetryBudgetTests {
  @Test("When every request fails, one in five is retried beyond a reserve of 20")
  func share() {
    var budget = RetryBudget()
    var retries = 0
    for requests in 1...10_000 {
      budget.countRequest()
      while budget.hasRetryLeft {
        budget.charge()
        retries += 1
      }
      #expect(retries <= 20 + requests / 5)
    }
    // The first request finds the reserve full.
    #expect(retries == 20 + 9_999 / 5)
  }

  @Test("The reserve does not grow in quiet times")
  func reserve() {
    var budget = RetryBudget()
    for _ in 0..<10_000 { budget.countRequest() }
    var retries = 0
    while budget.hasRetryLeft {
      budget.charge()
      retries += 1
    }
    #expect(retries == 20)
    for _ in 0..<4 { budget.countRequest() }
    #expect(!budget.hasRetryLeft)
    budget.countRequest()
    #expect(budget.hasRetryLeft)
  }
}
