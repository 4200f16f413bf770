internal import CLinux
internal import Glibc

/// An address of a TCP socket, resolved.
public struct SocketAddress: Sendable {
  private var storage: sockaddr_storage
  private let length: socklen_t

  /// The first address of `host`, a name or a literal IPv4 or IPv6 address. Asks the resolver and may block: for the
  /// start of a program only.
  public static func resolve(host: String, port: UInt16, passive: Bool = false) throws(ResolveError) -> SocketAddress {
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    unsafe hints.ai_flags = AI_NUMERICSERV | (passive ? AI_PASSIVE : 0)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = unsafe getaddrinfo(host, String(port), &hints, &list)
    guard code == 0, let first = unsafe list?.pointee, let address = unsafe first.ai_addr else {
      throw ResolveError(host: host, reason: unsafe String(cString: gai_strerror(code)))
    }
    defer { unsafe freeaddrinfo(list) }
    var storage = sockaddr_storage()
    unsafe withUnsafeMutableBytes(of: &storage) { bytes in
      unsafe bytes.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(first.ai_addrlen)))
    }
    return SocketAddress(storage: storage, length: unsafe first.ai_addrlen)
  }

  private init(storage: sockaddr_storage, length: socklen_t) {
    self.storage = storage
    self.length = length
  }

  public var family: Int32 { Int32(storage.ss_family) }

  func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    unsafe withUnsafePointer(to: storage) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, length) }
    }
  }
}

/// A host name that the resolver does not know.
public struct ResolveError: Error, Equatable, CustomStringConvertible {
  public let host: String
  public let reason: String

  public var description: String { "cannot resolve \"\(host)\": \(reason)" }
}
