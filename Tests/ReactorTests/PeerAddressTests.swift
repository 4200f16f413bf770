import Glibc
import Testing

@testable import Reactor

@Suite struct PeerAddressTests {
  @Test("Every octet of an IPv4 address is written without leading zeros, in each of the four places")
  func everyOctet() {
    for octet in 0...255 {
      for place in 0..<4 {
        var parts = ["10", "0", "255", "7"]
        parts[place] = String(octet)
        let address = parts.joined(separator: ".")
        #expect(text(address, AF_INET) == address)
      }
    }
  }

  @Test(
    "An IPv6 address is written in its shortest form, a mapped IPv4 address as IPv4",
    arguments: [
      ("::", "::"), ("::1", "::1"), ("2001:db8:0:0:0:0:0:1", "2001:db8::1"), ("FE80::ABCD", "fe80::abcd"),
      ("2001:db8:1111:2222:3333:4444:5555:6666", "2001:db8:1111:2222:3333:4444:5555:6666"),
      ("::ffff:192.0.2.7", "192.0.2.7"), ("::ffff:0.0.0.0", "0.0.0.0"), ("::ffff:255.255.255.255", "255.255.255.255"),
      ("::fffe:192.0.2.7", "::fffe:c000:207"), ("1::ffff:192.0.2.7", "1::ffff:c000:207"),
    ] as [(String, String)])
  func version6(address: String, expected: String) {
    #expect(text(address, AF_INET6) == expected)
  }

  @Test("A socket without an IP address has no text, nor has an address that was not filled in")
  func others() {
    var storage = sockaddr_storage()
    storage.ss_family = sa_family_t(AF_UNIX)
    #expect(string(PeerAddress(storage).bytes) == "")
    #expect(string(PeerAddress().bytes) == "")
  }

  /// What is written for the address that the system reads in `address`.
  private func text(_ address: String, _ family: Int32) -> String {
    var storage = sockaddr_storage()
    storage.ss_family = sa_family_t(family)
    let offset = family == AF_INET ? MemoryLayout<sockaddr_in>.offset(of: \.sin_addr) : 8
    withUnsafeMutableBytes(of: &storage) { bytes in
      #expect(inet_pton(family, address, bytes.baseAddress?.advanced(by: offset ?? 0)) == 1)
    }
    return string(PeerAddress(storage).bytes)
  }
}
