import FoundationEssentials
import Glibc
internal import Logging
internal import Reactor
import Synchronization

/// The file in which a proxy keeps its last good flags.
package struct StateFile: Sendable, Equatable {
  package let path: String

  package init(_ path: String) { self.path = path }

  /// Nil when there is none yet.
  package func read() throws(StateFault) -> LastGood? {
    let bytes: [UInt8]
    do throws(System.Failure) {
      let descriptor = try Descriptor(opening: path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW)
      bytes = try descriptor.readAll(limit: FlagLimits.fileBytes * 2, expected: Int(try descriptor.status().st_size))
    } catch {
      if error.number == ENOENT { return nil }
      throw StateFault(path, "cannot be read: \(System.message(error.number))")
    }
    return try LastGood(text: bytes, file: path)
  }

  /// Removes what writers that were killed have left: files with the number of a process that is no more.
  func removeLeftovers() {
    let place = System.split(path)
    for name in (try? FileManager.default.contentsOfDirectory(atPath: place.directory)) ?? []
    where name.hasPrefix(".\(place.name).") && name.hasSuffix(".tmp") {
      guard let process = pid_t(name.dropFirst(place.name.count + 2).dropLast(4)), kill(process, 0) != 0, errno == ESRCH
      else { continue }
      System.remove("\(place.directory)/\(name)")
    }
  }

  /// The old content or the new is there whole at any moment.
  func write(_ state: LastGood) throws(StateFault) {
    do throws(System.Failure) { try System.replace(path, with: state.text, mode: 0o600) } catch {
      let consequence = "flags are not kept for a start without the store; make room for the file"
      throw StateFault(path, "cannot be written: \(System.message(error.number))", then: consequence)
    }
  }
}

/// Writes states to their file on a thread of its own, so that a slow disk holds up nothing. It takes a moment first: a
/// change has work to do that is more urgent, and of several that wait only the last is written.
final class StateKeeper: Sendable {
  let file: StateFile
  private let shared: Shared
  private let thread: WorkerThread
  private let logger: Logger

  private final class Shared: Sendable {
    let wakeup: Wakeup
    let next = Mutex<(state: LastGood?, isEnding: Bool)>((nil, false))
    /// Held by whoever writes, so that an older state never comes after a newer one. Whether the last write succeeded.
    let disk = Mutex<Bool>(true)

    init() throws(SystemError) { wakeup = try Wakeup() }

    /// False: there is nothing to write.
    func writeNext(to file: StateFile, _ logger: Logger) -> Bool {
      disk.withLock { isWritten in
        let state = next.withLock { next in
          defer { next.state = nil }
          return next.state
        }
        guard let state else { return false }
        do throws(StateFault) {
          try file.write(state)
          isWritten = true
        } catch {
          isWritten = false
          logger.error("\(error)")
        }
        return true
      }
    }
  }

  /// Nil, with a message in the log, when no thread can be had.
  init?(_ file: StateFile, logger: Logger) {
    do throws(SystemError) {
      let shared = try Shared()
      self.file = file
      self.shared = shared
      self.logger = logger
      file.removeLeftovers()
      thread = try WorkerThread(name: "flag-state") { Self.run(file, shared, logger) }
    } catch {
      logger.error("flags are not kept on disk: \(error)")
      return nil
    }
  }

  func save(_ state: LastGood) {
    shared.next.withLock { $0.state = state }
    shared.wakeup.wake()
  }

  /// Returns when what was saved is on disk: for what must outlive a crash right after. False: it could not be written.
  func flush() -> Bool {
    _ = shared.writeNext(to: file, logger)
    return shared.disk.withLock { $0 }
  }

  /// Returns when the last state is written.
  func stop() {
    shared.next.withLock { $0.isEnding = true }
    shared.wakeup.wake()
    thread.join()
  }

  private static let pauseMicroseconds: UInt32 = 50_000

  private static func run(_ file: StateFile, _ shared: Shared, _ logger: Logger) {
    while true {
      // Read before looking: what is saved before the end is written before it.
      let isEnding = shared.next.withLock { $0.isEnding }
      if shared.writeNext(to: file, logger) { continue }
      if isEnding {
        return
      } else {
        var entry = pollfd(fd: shared.wakeup.descriptor.number, events: Int16(POLLIN), revents: 0)
        unsafe poll(&entry, 1, -1)
        shared.wakeup.clear()
        usleep(pauseMicroseconds)
      }
    }
  }
}
