import TestSupport
import Testing

@Suite("Bodies of any size pass through bounded memory", .ownThread)
struct VolumeTests {
  /// What a proxy may need beside its buffers, in KiB.
  private static let bound = 16_384

  @Test("1 GiB comes down")
  func download() throws {
    let size = 1 << 30
    let stage = try Stage(
      legacy: [.request, .send("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n"), .sendVolume(size), .again])
    let client = try stage.client()
    try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(try client.readHead()?["Content-Length"] == ["\(size)"])
    try client.skipVolume(size)
    #expect(stage.proxy.residentKiB < Self.bound)
    try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(try client.readHead()?.status == 200)
  }

  @Test("1 GiB goes up")
  func upload() throws {
    let size = 1 << 30
    let stage = try Stage(legacy: [
      .head, .skipVolume(size), .send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), .again,
    ])
    let client = try stage.client()
    try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(size)\r\n\r\n")
    try client.sendVolume(size)
    #expect(try client.readResponse().text == "ok")
    #expect(stage.proxy.residentKiB < Self.bound)
    try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(size)\r\n\r\n")
    #expect(eventually { stage.legacy.requests.count == 2 })
    #expect(stage.legacy.connectionCount == 1)
  }

  @Test("After an answer that the client held back, the upstream connection is used again")
  func reusedAfterBackPressure() throws {
    let size = 3 << 20
    let stage = try Stage(
      legacy: [.request, .send("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n"), .sendVolume(size), .again])
    let client = try WireConnection.connect(to: stage.proxy.port, receiveBuffer: 65_536, owner: stage)
    for _ in 0..<30 {
      try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      _ = try client.readHead()
      try client.skipVolume(size)
    }
    #expect(stage.legacy.connectionCount == 1)
  }

  @Test("A length past 2^32 is forwarded as it is", arguments: ["4294967297", "9223372036854775807"])
  func hugeLength(_ length: String) throws {
    let stage = try Stage(legacy: [.head, .send("HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\n\r\nstart"), .stall])
    let client = try stage.client()
    try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\nstart")
    #expect(try client.readHead()?["Content-Length"] == [length])
    #expect(try client.read(5) == Array("start".utf8))
    #expect(try stage.legacy.onlyRequest()["Content-Length"] == [length])
  }

  @Test("A slow reader does not make memory grow: its upstream is held back")
  func slowReader() throws {
    let size = 200 << 20
    let stage = try Stage(
      legacy: [.request, .send("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n"), .sendVolume(size), .again])
    let before = stage.proxy.residentKiB
    let client = try WireConnection.connect(to: stage.proxy.port, receiveBuffer: 16_384, owner: stage)
    try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(try client.readHead()?.status == 200)
    var most = 0
    for _ in 0..<20 {
      try client.skipVolume(100_000)
      pause(.milliseconds(50))
      most = max(most, stage.proxy.residentKiB)
    }
    #expect(most - before < 4_096, "\(before) KiB before, \(most) KiB while reading slowly")
  }

  @Test("A slow upstream does not make memory grow: its client is held back")
  func slowUpstream() throws {
    let gate = Gate()
    let size = 100 << 20
    let stage = try Stage(
      legacy: [.head, .wait(gate), .skipVolume(size), .send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), .again])
    let before = stage.proxy.residentKiB
    let client = try stage.client()
    try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(size)\r\n\r\n")
    let sent = client.sendUntilHeldBack(atMost: size)
    #expect(sent < size)
    #expect(stage.proxy.residentKiB - before < 4_096)
    gate.open()
    try client.sendVolume(size - sent)
    #expect(try client.readResponse().text == "ok")
  }
}
