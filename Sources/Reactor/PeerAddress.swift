internal import Bytes
internal import CLinux
internal import Glibc

/// The text of a peer's IP address ("192.0.2.7", "2001:db8::1"), in place: 48 bytes, no allocation.
public struct PeerAddress: Sendable {
  private var text: InlineArray<47, UInt8> = .init(repeating: 0)
  private var count: UInt8 = 0

  public init() {}

  init(_ storage: borrowing sockaddr_storage) {
    switch Int32(storage.ss_family) {
    case AF_INET: formatIPv4(storage)
    case AF_INET6: formatIPv6(storage)
    default: break
    }
  }

  /// The text; empty for a socket without an IP address.
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    borrowing get { unsafe text.span.bytes.extracting(from: 0, to: Int(count)) }
  }

  private mutating func formatIPv4(_ storage: borrowing sockaddr_storage) {
    let address = unsafe withUnsafeBytes(of: storage) { bytes in
      unsafe UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
    }
    appendIPv4(address)
  }

  private mutating func appendIPv4(_ address: UInt32) {
    var shift: UInt32 = 32
    while shift > 0 {
      shift &-= 8
      let part = UInt8(truncatingIfNeeded: address &>> shift)
      if part >= 100 { append(0x30 &+ part / 100) }
      if part >= 10 { append(0x30 &+ part / 10 % 10) }
      append(0x30 &+ part % 10)
      if shift > 0 { append(0x2E) }
    }
  }

  private mutating func append(_ byte: UInt8) {
    text[Int(count)] = byte
    count &+= 1
  }

  /// An IPv4 client of an IPv6 listener (::ffff:192.0.2.7) is written as IPv4.
  private mutating func formatIPv6(_ storage: borrowing sockaddr_storage) {
    unsafe withUnsafeBytes(of: storage) { bytes in
      let address = unsafe UnsafeRawBufferPointer(rebasing: bytes[8..<24])
      if unsafe address[0..<10].allSatisfy({ $0 == 0 }) && address[10] == 0xFF && address[11] == 0xFF {
        return appendIPv4(unsafe UInt32(bigEndian: address.loadUnaligned(fromByteOffset: 12, as: UInt32.self)))
      }
      var buffer: InlineArray<46, CChar> = .init(repeating: 0)
      var output = buffer.mutableSpan
      unsafe output.withUnsafeMutableBufferPointer { text in
        guard unsafe inet_ntop(AF_INET6, address.baseAddress, text.baseAddress, 46) != nil else { return }
        var index = 0
        while unsafe text[index] != 0 {
          append(unsafe UInt8(bitPattern: text[index]))
          index += 1
        }
      }
    }
  }
}
