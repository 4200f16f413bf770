import Bytes
import Flags
import Testing

@testable import Proxy

@Suite struct RoutingHeadersTests {
  private static let constant = "Via: 1.1 here\r\n"

  @Test(
    "A request says its cohort, its flag and the generation; on a fixed route it has no flag",
    arguments: [
      (0, .legacy, "X-Turnout-Cohort: legacy\r\nX-Turnout-Flag: A\r\nX-Turnout-Generation: 7\r\n"),
      (0, .unified, "X-Turnout-Cohort: unified\r\nX-Turnout-Flag: A\r\nX-Turnout-Generation: 7\r\n"),
      (1, .legacy, "X-Turnout-Cohort: legacy\r\nX-Turnout-Flag: B.2\r\nX-Turnout-Generation: 7\r\n"),
      (1, .unified, "X-Turnout-Cohort: unified\r\nX-Turnout-Flag: B.2\r\nX-Turnout-Generation: 7\r\n"),
      (2, .legacy, "X-Turnout-Cohort: legacy\r\nX-Turnout-Generation: 7\r\n"),
      (2, .unified, "X-Turnout-Cohort: unified\r\nX-Turnout-Generation: 7\r\n"),
    ] as [(Int, Cohort, String)])
  func requests(group: Int, cohort: Cohort, lines: String) {
    var headers = RoutingHeaders(flagNames: ["A", "B.2"], constant: Self.constant, addsToResponses: true)
    headers.update(generation: 7)
    #expect(request(headers, group, cohort) == Self.constant + lines)
    #expect(response(headers, cohort, 6) == "X-Turnout-Cohort: \(cohort)\r\nX-Turnout-Generation: 6\r\n")
  }

  @Test("A new generation replaces the old one")
  func generations() {
    var headers = RoutingHeaders(flagNames: ["A"], constant: "", addsToResponses: true)
    for generation in [0, 18, UInt64.max] {
      headers.update(generation: generation)
      let lines = "X-Turnout-Cohort: unified\r\nX-Turnout-Flag: A\r\nX-Turnout-Generation: \(generation)\r\n"
      #expect(request(headers, 0, .unified) == lines)
      #expect(
        response(headers, .legacy, generation) == "X-Turnout-Cohort: legacy\r\nX-Turnout-Generation: \(generation)\r\n")
    }
  }

  @Test("Responses say nothing when the settings say so")
  func silentResponses() {
    var headers = RoutingHeaders(flagNames: ["A"], constant: Self.constant, addsToResponses: false)
    headers.update(generation: 7)
    #expect(response(headers, .unified, 7) == "")
    #expect(request(headers, 0, .unified).hasPrefix(Self.constant + "X-Turnout-Cohort: unified\r\n"))
  }

  @Test("The longest names that can be configured fit")
  func longest() {
    let name = String(repeating: "F", count: 128)
    let constant = "Via: 1.1 \(String(repeating: "v", count: 64))\r\nX-Forwarded-Proto: http\r\n"
    var headers = RoutingHeaders(flagNames: [name], constant: constant, addsToResponses: true)
    headers.update(generation: .max)
    let lines = "X-Turnout-Cohort: unified\r\nX-Turnout-Flag: \(name)\r\nX-Turnout-Generation: \(UInt64.max)\r\n"
    #expect(request(headers, 0, .unified) == constant + lines)
  }

  private func request(_ headers: borrowing RoutingHeaders, _ group: Int, _ cohort: Cohort) -> String {
    var head = ByteWriter(capacity: 1_024)
    headers.appendRequestLines(group: group, cohort: cohort, to: &head)
    return string(head.bytes)
  }

  private func response(_ headers: borrowing RoutingHeaders, _ cohort: Cohort, _ generation: UInt64) -> String {
    var head = ByteWriter(capacity: 1_024)
    headers.appendResponseLines(cohort: cohort, generation: generation, to: &head)
    return string(head.bytes)
  }
}
