import HTTPWire
import Testing

@testable import Proxy

@Suite struct TerminationTests {
  private static func exchange(_ status: Int16, _ termination: Termination) -> Exchange {
    var exchange = Exchange()
    (exchange.status, exchange.termination) = (status, termination)
    return exchange
  }

  static let table: [(status: Int16, termination: Termination, isError: Bool)] = [
    (200, .completed, false), (304, .completed, false), (404, .completed, false), (499, .completed, false),
    (500, .completed, true), (503, .completed, true), (599, .completed, true),
    (200, .upstreamReset, true), (200, .upstreamTimeout, true), (200, .badResponse, true),
    (0, .clientGone, false), (200, .clientGone, false), (200, .clientTimeout, false), (200, .clientFault, false),
    (500, .clientGone, true),
    (503, .killed, false), (200, .killed, false), (0, .shutdown, false),
  ]

  @Test(
    "An error is a 5xx, or a response that broke off upstream; not a kill, not a client that went away",
    arguments: table
  )
  func errors(row: (status: Int16, termination: Termination, isError: Bool)) {
    #expect(Self.exchange(row.status, row.termination).isError == row.isError)
  }

  @Test("Every word of the log is another one")
  func words() {
    #expect(Set(Termination.allCases.map { "\($0.word)" }).count == Termination.allCases.count)
  }
}
