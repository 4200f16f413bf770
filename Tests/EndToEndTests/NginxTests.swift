import Foundation
import TestSupport
import Testing

@Suite("A real nginx answers through the proxy as it does directly", .ownThread)
struct NginxTests {
  private func stage() throws -> (Nginx, WireConnection) {
    let nginx = try Nginx("legacy")
    let unused = try FreePort.take()
    let servers = "{ servers: [\"http://127.0.0.1:\(nginx.port)\"] }"
    let proxy = try ProxyProcess(
      "cohorts: { legacy: \(servers), unified: { servers: [\"http://127.0.0.1:\(unused)\"] } }")
    try FileManager.default.createDirectory(atPath: nginx.folder.file("files"), withIntermediateDirectories: true)
    return (nginx, try proxy.client())
  }

  @Test("files whole, in part, not at all and not again")
  func files() throws {
    let (nginx, client) = try stage()
    let text = String(repeating: "0123456789", count: 50_000)
    try nginx.folder.write(text, to: "files/a.txt")
    let whole = try client.get("/files/a.txt")
    #expect(whole.text == text)
    let part = try client.ask("GET /files/a.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=5-7\r\n\r\n")
    #expect(part.status == 206)
    #expect(part.text == "567")
    #expect(part.head["Content-Range"] == ["bytes 5-7/500000"])
    let head = try client.ask("HEAD /files/a.txt HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(head.head["Content-Length"] == ["500000"])
    #expect(head.body.bytes.isEmpty)
    let tag = try #require(whole.head["ETag"].first)
    let same = try client.ask("GET /files/a.txt HTTP/1.1\r\nHost: a\r\nIf-None-Match: \(tag)\r\n\r\n")
    #expect(same.status == 304)
    #expect(same.body.bytes.isEmpty)
    #expect(try client.get("/files/b.txt").status == 404)
    #expect(try client.get().text == "legacy")
  }

  @Test("what it refuses is its own answer", arguments: [("POST /files/a.txt", 405), ("GET /files/../../etc", 400)])
  func refusals(_ line: String, _ status: Int) throws {
    let (nginx, client) = try stage()
    try nginx.folder.write("a", to: "files/a.txt")
    let answer = try client.ask("\(line) HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
    #expect(answer.status == status)
    #expect(answer.head["Server"].first?.hasPrefix("nginx") == true)
  }
}
