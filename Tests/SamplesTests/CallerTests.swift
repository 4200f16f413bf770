import Conversations
import Flags
import FoundationEssentials
import LocalServer
import TestSupport
import Testing

@testable import Samples

@Suite("Who sends a chat message")
struct CallerTests {
  private static func jwt(_ claims: String) -> String {
    func coded(_ text: String) -> String {
      Data(text.utf8).base64EncodedString().replacing("=", with: "").replacing("+", with: "-").replacing("/", with: "_")
    }
    return "\(coded(#"{"alg":"none"}"#)).\(coded(claims))."
  }

  @Test(
    "The user of the proxy goes first, then the subject of the token; the token has the role",
    arguments: [
      ("", "Bearer 42", "42", nil), ("", "bearer  client.42", "42", .client),
      ("", "Bearer customer.a.b", "a.b", .client),
      ("", "Bearer admin.7", "7", .admin), ("9", "Bearer admin.7", "9", .admin), ("9", "", "9", nil),
      ("9", "Basic eDp5", "9", nil), ("", "Bearer \(jwt(#"{"sub":"ü?>","role":"client"}"#))", "ü?>", .client),
      ("", "Bearer \(jwt(#"{"sub":42,"role":"admin"}"#))", "42", .admin),
      ("", "Bearer \(jwt(#"{"sub":"42"}"#))", "42", nil), ("", "Bearer a.b.c", "a.b.c", nil),
    ] as [(String, String, String, ContextRole?)])
  func callers(_ header: String, _ authorization: String, _ user: String, _ role: ContextRole?) throws {
    let caller = try ChatCaller(request(header, authorization))
    #expect(caller.user == user)
    #expect(caller.role == role)
  }

  @Test(
    "Without a user there is none",
    arguments: [
      ("", ""), (" ", ""), ("", "Bearer"), ("", "Bearer  "), ("", "Basic eDp5"), ("", "Bearer admin."),
      ("", "Bearer " + String(repeating: "a", count: 257)),
    ])
  func nobody(_ header: String, _ authorization: String) {
    #expect(throws: ChatError.noUser) { try ChatCaller(request(header, authorization)) }
  }

  private func request(_ header: String, _ authorization: String) -> Request {
    var headers: [Header] = []
    if !header.isEmpty { headers.append(Header("x-user-id", header)) }
    if !authorization.isEmpty { headers.append(Header("authorization", authorization)) }
    return Request(method: "POST", path: "/api/chat", headers: headers)
  }

  @Test("Nobody is refused with 401, a customer at the assistant with 403", arguments: Cohort.allCases)
  func refusals(_ cohort: Cohort) throws {
    let upstream = try Upstream(cohort)
    let body = #"{"message": "Show me sales stats"}"#
    for path in ["/api/chat", "/admin/assistant/chat"] {
      let answer = try upstream.ask("POST \(path)", body: body)
      #expect(answer.status == 401)
      #expect(answer["www-authenticate"] == "Bearer")
      #expect(answer.text.contains("client.42"))
    }
    let customer = "Authorization: Bearer client.42\r\n"
    #expect(try upstream.ask("POST /admin/assistant/chat", customer, body: body).status == 403)
    #expect(try upstream.ask("POST /admin/assistant/chat", "X-User-Id: 42\r\n" + customer, body: body).status == 403)
    #expect(try upstream.ask("POST /api/chat", customer, body: body).text.contains(#""user":"42""#))
    let admin = try upstream.ask("POST /admin/assistant/chat", "Authorization: Bearer admin.7\r\n", body: body)
    #expect(admin.status == 200)
    #expect(admin.text.contains(cohort == .legacy ? "admin:context:7" : "conversation:admin:7:"))
    #expect(upstream.upstream.counts == SampleCounts(answers: 2, created: 2, contextErrors: 0))
  }
}
