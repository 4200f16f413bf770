import Synchronization

/// The bytes that one connection received, readable from other threads.
final class Recording: Sendable {
  private let storage = Mutex<[UInt8]>([])

  func append(_ bytes: [UInt8]) { storage.withLock { $0 += bytes } }

  var bytes: [UInt8] { storage.withLock { $0 } }
}
