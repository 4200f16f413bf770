import Glibc
internal import Reactor

/// The kernel's notices of changes in some folders (inotify(7)).
struct Inotify: ~Copyable {
  let descriptor: Descriptor
  private let failure: System.Failure?
  private var watches: [Int32: String] = [:]

  /// Ends of writing, not writes: a file is looked at when its writer is done with it.
  private static let mask =
    UInt32(IN_CLOSE_WRITE) | UInt32(IN_MOVED_TO) | UInt32(IN_MOVED_FROM) | UInt32(IN_CREATE) | UInt32(IN_DELETE)
    | UInt32(IN_DELETE_SELF) | UInt32(IN_MOVE_SELF)

  /// Bytes of an event without its name: watch, mask, cookie, length of the name.
  private static let headerBytes = 16

  /// Where the kernel has none left to give, the descriptor is -1, which poll(2) passes over, and `watch` says why.
  init() {
    do throws(System.Failure) {
      descriptor = Descriptor(owning: try System.check { inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC)) })
      failure = nil
    } catch {
      descriptor = Descriptor(owning: -1)
      failure = error
    }
  }

  /// Watches these folders and no others. Returns what the kernel refused, a folder that is gone aside.
  mutating func watch(_ directories: [String]) -> System.Failure? {
    var current: [Int32: String] = [:]
    var refused = failure
    for directory in directories where failure == nil {
      do throws(System.Failure) {
        // The same folder gives the same number again; another one under the same name a new number.
        let number = try System.check { unsafe inotify_add_watch(descriptor.number, directory, Self.mask) }
        current[number] = directory
      } catch {
        if error.number != ENOENT && error.number != ENOTDIR { refused = error }
      }
    }
    for number in watches.keys where current[number] == nil { inotify_rm_watch(descriptor.number, number) }
    watches = current
    return refused
  }

  /// Takes all notices that are there; whether one of them is about one of `names` or about a folder itself.
  func drain(for names: Set<String>) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 16_384)
    var isTouched = false
    while true {
      let count = unsafe read(descriptor.number, &buffer, buffer.count)
      guard count > 0 else { return isTouched }
      if Self.concerns(buffer[..<count], names) { isTouched = true }
    }
  }

  private static func concerns(_ events: ArraySlice<UInt8>, _ names: Set<String>) -> Bool {
    var rest = events
    while rest.count >= headerBytes {
      let header = unsafe rest.withUnsafeBytes { bytes in
        unsafe (
          mask: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self),
          nameBytes: bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self)
        )
      }
      rest = rest.dropFirst(headerBytes)
      // A folder that is removed or moved, or a queue that has overflowed, has no name.
      let name = String(decoding: rest.prefix(Int(header.nameBytes)).prefix { $0 != 0 }, as: UTF8.self)
      if name.isEmpty ? header.mask & UInt32(IN_IGNORED) == 0 : names.contains(name) { return true }
      rest = rest.dropFirst(Int(header.nameBytes))
    }
    return false
  }
}
