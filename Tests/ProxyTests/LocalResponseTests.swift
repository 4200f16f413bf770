import HTTPWire
import Statistics
import Testing

@testable import Proxy

@Suite struct LocalResponseTests {
  @Test("Each response is counted under a status and reason of its own")
  func unique() {
    var seen: [String: LocalResponse] = [:]
    for response in LocalResponse.all {
      let name = "\(response.status) \(response.label)"
      if let other = seen.updateValue(response, forKey: name) {
        Issue.record("\(other) and \(response) are both \(name)")
      }
    }
  }

  @Test("Labels are snake_case")
  func labels() {
    for response in LocalResponse.all {
      let words = "\(response.label)".split(separator: "_", omittingEmptySubsequences: false)
      let isFine = words.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber) } }
      #expect(isFine, "\(response.label)")
    }
    #expect(LocalResponse.labels.map(\.reason) == LocalResponse.all.map { "\($0.label)" })
    #expect(LocalResponse.labels.map(\.status) == LocalResponse.all.map(\.status))
  }

  @Test("Every error of a head and of a body has a response, and every response is counted")
  func complete() {
    for error in RequestHeadError.allCases { #expect(LocalResponse.all.contains(.badHead(error))) }
    for error in BodyError.allCases { #expect(LocalResponse.all.contains(.badBody(error))) }
    for response in LocalResponse.all { #expect(LocalResponse.all.count { $0 == response } == 1) }
  }

  @Test("Every status has its phrase and every response a sentence")
  func texts() {
    for response in LocalResponse.all {
      #expect("\(reasonPhrase(of: response.status))" != "Unknown", "\(response.status)")
      let sentence = "\(response.explanation)"
      #expect(sentence.first?.isUppercase == true)
      #expect(sentence.hasSuffix("."))
      #expect(sentence.utf8.count < 200)
      let lines = sentence.split(whereSeparator: \.isNewline)
      #expect(lines.count == 1)
    }
    #expect("\(reasonPhrase(of: 299))" == "Unknown")
  }

  @Test("A request that was not understood to its end closes the connection, a failed upstream does not")
  func closing() {
    let closing: [LocalResponse] = [.headTimeout, .bodyTimeout, .headTooLargeToForward]
    let staying: [LocalResponse] = [
      .loop, .optionsAtLastHop, .traceAtLastHop, .queueFull, .queueTimeout, .connectRefused, .connectTimeout,
      .firstByteTimeout, .upstreamWriteTimeout, .upstreamReset, .badResponse,
    ]
    for response in closing { #expect(response.closesConnection, "\(response)") }
    for response in staying { #expect(!response.closesConnection, "\(response)") }
    for error in RequestHeadError.allCases { #expect(LocalResponse.badHead(error).closesConnection) }
    for error in BodyError.allCases { #expect(LocalResponse.badBody(error).closesConnection) }
  }
}
