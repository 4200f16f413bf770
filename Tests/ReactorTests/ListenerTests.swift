import Glibc
import Reactor
import Testing

@Suite struct ListenerTests {
  @Test("Port 0 becomes the port that the kernel chose, and the same port can be asked for again")
  func ports() throws {
    let first = try Listener(host: "127.0.0.1", port: 0, isShared: true)
    let port = first.port
    #expect(port > 0)
    let second = try Listener(host: "127.0.0.1", port: port, isShared: true)
    #expect(second.port == port)
  }

  @Test("A port that another listener has to itself is refused with advice")
  func portInUse() throws {
    let listener = try Listener(host: "127.0.0.1", port: 0, isShared: false)
    let port = listener.port
    let error = #expect(throws: ListenError.self) { _ = try Listener(host: "127.0.0.1", port: port, isShared: false) }
    let expected =
      "cannot listen on 127.0.0.1:\(port): another program uses that port (find it with: ss -ltnp); choose another or "
      + "stop it"
    #expect(error?.description == expected)
  }

  @Test("An address of another machine is refused by name")
  func foreignAddress() {
    let error = #expect(throws: ListenError.self) { _ = try Listener(host: "192.0.2.1", port: 8080, isShared: false) }
    #expect(error?.description == "cannot listen on 192.0.2.1:8080: bind: Cannot assign requested address")
  }

  @Test("A host that is no host is refused, with the place in the text")
  func unknownHost() {
    let error = #expect(throws: ListenError.self) { _ = try Listener(host: "a..b", port: 80, isShared: false) }
    #expect(error?.description.hasPrefix("cannot listen on a..b:80: cannot resolve \"a..b\": ") == true)
    let colons = #expect(throws: ListenError.self) { _ = try Listener(host: "::g", port: 80, isShared: false) }
    #expect(colons?.description.hasPrefix("cannot listen on [::g]:80: ") == true)
  }

  @Test(
    "The ways in which listening fails each say what to do",
    arguments: [
      (EACCES, "cannot listen on h:80: not permitted; ports below 1024 need CAP_NET_BIND_SERVICE"),
      (ENOBUFS, "cannot listen on h:80: bind: No buffer space available"),
    ] as [(Int32, String)])
  func texts(code: Int32, text: String) {
    #expect(ListenError.system("h:80", SystemError("bind", code: code)).description == text)
  }

  @Test("A listener on an IPv6 address takes connections; without IPv6 it says what is missing")
  func version6() throws {
    guard access("/proc/net/if_inet6", R_OK) == 0 else {
      let error = #expect(throws: ListenError.self) { _ = try Listener(host: "::1", port: 0, isShared: false) }
      #expect(error?.description.hasPrefix("cannot listen on [::1]:0: ") == true)
      return
    }
    let listener = try Listener(host: "::1", port: 0, isShared: false)
    let number = try Socket.connect(to: try .resolve(host: "::1", port: listener.port))
    defer { Socket.close(number) }
    #expect(isReady(listener.descriptor.number, POLLIN))
    let (accepted, peer) = try #require(Socket.accept(listener.descriptor.number))
    defer { Socket.close(accepted) }
    #expect(string(peer.bytes) == "::1")
  }
}
