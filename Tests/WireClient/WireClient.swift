import Glibc

/// A client that sends exactly the bytes it is given and waits at most five seconds for each read: for tests that care
/// about bytes.
package final class WireClient {
  private let descriptor: Int32
  private var received: [UInt8] = []

  /// Connects to 127.0.0.1.
  package init(port: UInt16) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var timeout = timeval(tv_sec: 5, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw WireFailure("connect: errno \(errno)") }
  }

  /// Connects to a Unix socket.
  package init(path: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var timeout = timeval(tv_sec: 5, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else { throw WireFailure("connect: errno \(errno)") }
  }

  deinit { close(descriptor) }

  package func send(_ text: String) { send(Array(text.utf8)) }

  package func send(_ bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      sent += count
    }
  }

  /// No more will be sent; answers still come.
  package func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Closing will show the server a reset.
  package func reset() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }

  /// The next answer. One to HEAD has no body.
  package func answer(toHead isHead: Bool = false) throws -> WireAnswer {
    while true {
      if let end = headEnd() {
        let head = String(decoding: received[..<end], as: UTF8.self)
        received.removeFirst(end)
        return try WireAnswer(head: head) { try isHead ? [] : body(of: $0) }
      }
      guard try fill() else { throw WireFailure("the connection ended within a head: \(received.count) bytes") }
    }
  }

  /// What comes until the server closes; nil when it resets the connection instead.
  package func rest() throws -> [UInt8]? {
    while true {
      do { guard try fill() else { break } } catch { return nil }
    }
    defer { received = [] }
    return received
  }

  /// The next `count` bytes.
  package func bytes(_ count: Int) throws -> [UInt8] {
    while received.count < count {
      guard try fill() else { throw WireFailure("the connection ended early") }
    }
    defer { received.removeFirst(count) }
    return Array(received.prefix(count))
  }

  private func headEnd() -> Int? {
    let mark: [UInt8] = [13, 10, 13, 10]
    guard received.count >= 4 else { return nil }
    return (0...received.count - 4).first { Array(received[$0..<$0 + 4]) == mark }.map { $0 + 4 }
  }

  /// False at the end of the connection.
  private func fill() throws -> Bool {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    guard count >= 0 else { throw WireFailure("recv: errno \(errno)") }
    received += buffer.prefix(count)
    return count > 0
  }

  private func body(of answer: WireAnswer) throws -> [UInt8] {
    if answer.status == 100 || answer.status == 204 || answer.status == 304 { return [] }
    if answer["transfer-encoding"] == "chunked" { return try chunks() }
    if let length = answer["content-length"].flatMap({ Int($0) }) { return try bytes(length) }
    return try rest() ?? []
  }

  private func chunks() throws -> [UInt8] {
    var body: [UInt8] = []
    while true {
      let chunk = try chunk()
      if chunk.isEmpty { return body }
      body += chunk
    }
  }

  /// The data of the next chunk; the last one is empty.
  package func chunk() throws -> [UInt8] {
    var line: [UInt8] = []
    while !line.suffix(2).elementsEqual([13, 10]) { line += try bytes(1) }
    guard let size = Int(String(decoding: line.dropLast(2), as: UTF8.self), radix: 16) else {
      throw WireFailure("no chunk size: \(line)")
    }
    return try Array(bytes(size + 2).dropLast(2))
  }
}

package struct WireFailure: Error, CustomStringConvertible {
  package let description: String
  init(_ description: String) { self.description = description }
}

/// An answer as it came.
package struct WireAnswer {
  package let status: Int
  /// Names in lower case.
  package let headers: [(name: String, value: String)]
  package private(set) var body: [UInt8] = []

  package var text: String { String(decoding: body, as: UTF8.self) }

  /// The value of the field if it came once.
  package subscript(name: String) -> String? {
    let values = headers.filter { $0.name == name }
    return values.count == 1 ? values[0].value : nil
  }

  init(head: String, body: (WireAnswer) throws -> [UInt8]) throws {
    let lines = head.split(separator: "\r\n")
    let parts = lines.first?.split(separator: " ", maxSplits: 2) ?? []
    guard parts.count == 3, parts[0] == "HTTP/1.1", let status = Int(parts[1]) else {
      throw WireFailure("no status line: \(head)")
    }
    self.status = status
    headers = try lines.dropFirst().map { line in
      guard let colon = line.firstIndex(of: ":") else { throw WireFailure("no field: \(line)") }
      return (line[..<colon].lowercased(), String(line[line.index(after: colon)...].drop { $0 == " " }))
    }
    self.body = try body(self)
  }
}
