internal import Bytes
package import Flags
import FoundationEssentials
import Glibc
internal import JSON
internal import Logging
internal import Reactor
import Synchronization

/// The last good flags and the local kill, saved on disk for the next start.
package struct LastGood: Sendable, Equatable {
  /// The location of the store that they come from.
  package var source: String
  package var storeID: String?
  /// RFC 3339.
  package var savedAt: String
  package var localKill: LocalKill?
  package var flags: [Flag]

  package init(source: String, storeID: String?, savedAt: String, localKill: LocalKill?, flags: [Flag]) {
    self.source = source
    self.storeID = storeID
    self.savedAt = savedAt
    self.localKill = localKill
    self.flags = flags
  }

  /// The flags with these names, in this order; a flag that is not saved comes from `others`. Nil when one is in neither.
  func flags(named names: [String], else others: [Flag]?) -> [Flag]? {
    let all = flags + (others ?? [])
    let found = names.compactMap { name in all.first { $0.name == name } }
    return found.count == names.count ? found : nil
  }
}

/// The text has three parts. A person can read it, and the checksum reveals a torn or edited one:
///
///     turnout-state 1 <hexadecimal checksum of all that follows>
///     { one line of JSON: where the flags come from, the local kill }
///     { the flags, as in flags.json }
extension LastGood {
  private struct Envelope: Codable {
    var source: String
    var storeID: String?
    var savedAt: String
    var localKill: LocalKill?

    enum CodingKeys: String, CodingKey {
      case source
      case storeID = "store_id"
      case savedAt = "saved_at"
      case localKill = "local_kill"
    }
  }

  private static let title = "turnout-state 1 "

  var text: [UInt8] {
    let envelope = Envelope(source: source, storeID: storeID, savedAt: savedAt, localKill: localKill)
    let body = Array((JSONText.line(envelope) + "\n" + FlagDocument(flags: flags).render()).utf8)
    return Array("\(Self.title)\(Checksum.text(body))\n".utf8) + body
  }

  init(text: [UInt8], file: String) throws(LastGoodError) {
    let lines = text.split(separator: UInt8(ascii: "\n"), maxSplits: 2, omittingEmptySubsequences: false)
    let first = String(decoding: lines[0], as: UTF8.self)
    guard lines.count == 3, first.hasPrefix(Self.title) else {
      throw LastGoodError(file, "is not a saved state of Turnout")
    }
    let body = Array(text[(lines[0].endIndex + 1)...])
    guard first.dropFirst(Self.title.count) == Checksum.text(body) else {
      throw LastGoodError(file, "was cut short or edited: its checksum does not match")
    }
    do {
      let envelope = try JSONDecoder().decode(Envelope.self, from: Data(lines[1]))
      let flags = try FlagDocument(parsing: Array(lines[2]), file: file).flags
      self.init(
        source: envelope.source, storeID: envelope.storeID, savedAt: envelope.savedAt, localKill: envelope.localKill,
        flags: flags)
    } catch {
      throw LastGoodError(file, "cannot be read: \(error)")
    }
  }
}

/// Eight hexadecimal digits: enough to notice a torn or edited text.
enum Checksum {
  static func text(_ bytes: [UInt8]) -> String {
    let digits = String(unsafe Murmur3().hash(bytes.span.bytes), radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}

/// Why a saved state cannot be used or written.
package struct LastGoodError: Error, Equatable, CustomStringConvertible {
  package let description: String

  init(_ file: String, _ problem: String, then consequence: String = "the flags kept there are not used") {
    description = "\(file): \(problem); \(consequence)"
  }
}

/// The file in which a proxy keeps its last good flags.
package struct StateFile: Sendable, Equatable {
  package let path: String

  package init(_ path: String) { self.path = path }

  /// Nil when there is none yet.
  package func read() throws(LastGoodError) -> LastGood? {
    let bytes: [UInt8]
    do throws(System.Failure) {
      let descriptor = try Descriptor(opening: path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW)
      bytes = try descriptor.readAll(limit: FlagLimits.fileBytes * 2, expected: Int(try descriptor.status().st_size))
    } catch {
      if error.number == ENOENT { return nil }
      throw LastGoodError(path, "cannot be read: \(System.message(error.number))")
    }
    return try LastGood(text: bytes, file: path)
  }

  /// Removes the temporary files of killed writers: those with the number of a process that no longer exists.
  func removeLeftovers() {
    let place = System.split(path)
    for name in System.names(in: place.directory) where name.hasPrefix(".\(place.name).") && name.hasSuffix(".tmp") {
      guard let process = pid_t(name.dropFirst(place.name.count + 2).dropLast(4)), kill(process, 0) != 0, errno == ESRCH
      else { continue }
      System.remove("\(place.directory)/\(name)")
    }
  }

  /// At any moment the file holds the whole old or the whole new content.
  func write(_ state: LastGood) throws(LastGoodError) {
    do throws(System.Failure) { try System.replace(path, with: state.text, mode: 0o600) } catch {
      let consequence = "flags are not kept for a start without the store; make room for the file"
      throw LastGoodError(path, "cannot be written: \(System.message(error.number))", then: consequence)
    }
  }
}

/// Writes states to their file on a thread of its own, so that a slow disk delays nothing. It waits 50 ms before a write: a
/// change has more urgent work to do, and only the last of several waiting states is written.
final class StateWriter: Sendable {
  private static let delay = Duration.milliseconds(50)

  let file: StateFile
  private let shared: Shared
  private let loop: BackgroundLoop

  private final class Shared: Sendable {
    struct Next { var state: LastGood?, due: Deadline? }

    let file: StateFile
    let logger: Logger
    let next = Mutex(Next())
    /// Held by the thread that writes, so that an older state never replaces a newer one. Whether the last write
    /// succeeded.
    let disk = Mutex<Bool>(true)

    init(_ file: StateFile, _ logger: Logger) { (self.file, self.logger) = (file, logger) }

    func writeNext() {
      disk.withLock { isWritten in
        let state = next.withLock { next in
          defer { next = Next() }
          return next.state
        }
        guard let state else { return }
        do throws(LastGoodError) {
          try file.write(state)
          isWritten = true
        } catch {
          isWritten = false
          logger.error("\(error)")
        }
      }
    }

    /// Writes what is due; returns when the next state is.
    func turn() -> Deadline {
      guard let due = next.withLock({ $0.due }) else { return .never }
      guard due.hasPassed else { return due }
      writeNext()
      return .never
    }
  }

  /// Nil, with a message in the log, when the thread cannot be started.
  init?(_ file: StateFile, logger: Logger) {
    let shared = Shared(file, logger)
    self.file = file
    self.shared = shared
    file.removeLeftovers()
    do throws(SystemError) { loop = try BackgroundLoop(name: "flag-state") { shared.turn() } } catch {
      logger.error("flags are not kept on disk: \(error)")
      return nil
    }
  }

  func save(_ state: LastGood) {
    shared.next.withLock { next in
      next.state = state
      next.due = next.due ?? Deadline(after: Self.delay)
    }
    loop.wake()
  }

  /// Returns when the saved state is on disk, for what must survive a crash right after. False: writing failed.
  func flush() -> Bool {
    shared.writeNext()
    return shared.disk.withLock { $0 }
  }

  /// Returns when the last state is written.
  func stop() {
    loop.stop()
    loop.join()
    shared.writeNext()
  }
}
