internal import CLinux
internal import Glibc

/// An address of a TCP socket, resolved, or of a unix socket.
public struct SocketAddress: Sendable {
  private var storage: sockaddr_storage
  private let length: socklen_t

  /// The first address of `host`, a name or a literal IPv4 or IPv6 address. Asks the resolver and may block: for the
  /// start of a program only.
  public static func resolve(host: String, port: UInt16, passive: Bool = false) throws(ResolveError) -> SocketAddress {
    guard let first = try resolveAll(host: host, port: port, passive: passive).first else {
      throw ResolveError(host: host, reason: "no address")
    }
    return first
  }

  /// Every address of `host`, in the order in which to try them; at least one. It may block like `resolve`.
  public static func resolveAll(
    host: String, port: UInt16, passive: Bool = false
  ) throws(ResolveError) -> [SocketAddress] {
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    unsafe hints.ai_flags = AI_NUMERICSERV | (passive ? AI_PASSIVE : 0)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = unsafe getaddrinfo(host, String(port), &hints, &list)
    guard code == 0 else { throw ResolveError(host: host, reason: unsafe String(cString: gai_strerror(code))) }
    defer { unsafe freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    var next = unsafe list
    while let entry = unsafe next?.pointee {
      if let address = unsafe entry.ai_addr { addresses.append(unsafe SocketAddress(address, entry.ai_addrlen)) }
      unsafe next = entry.ai_next
    }
    guard !addresses.isEmpty else { throw ResolveError(host: host, reason: "no address") }
    return addresses
  }

  /// The unix socket at `path`, or nil when the path is empty, longer than the 107 bytes that the kernel takes, or has
  /// a zero byte in it.
  public static func unix(path: String) -> SocketAddress? {
    let bytes = Array(path.utf8)
    let start = MemoryLayout<sa_family_t>.size
    let capacity = MemoryLayout<sockaddr_un>.size - start
    guard !bytes.isEmpty, bytes.count < capacity, !bytes.contains(0) else { return nil }
    var storage = sockaddr_storage()
    storage.ss_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &storage) { unsafe $0[start..<start + bytes.count].copyBytes(from: bytes) }
    return SocketAddress(storage: storage, length: socklen_t(start + bytes.count + 1))
  }

  private init(_ address: UnsafePointer<sockaddr>, _ length: socklen_t) {
    var storage = sockaddr_storage()
    unsafe withUnsafeMutableBytes(of: &storage) { bytes in
      unsafe bytes.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(length)))
    }
    self.init(storage: storage, length: length)
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
