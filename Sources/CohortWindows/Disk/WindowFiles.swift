internal import Bytes
internal import FlagStore
import FoundationEssentials
import Glibc
internal import Logging
internal import Reactor

/// The files in which windows outlive the process, in `windows` in the state folder:
///
///     id            16 hexadecimal digits: who counted this, in the eyes of the fleet
///     lock          held by the process that uses the folder
///     snapshot      all windows at one moment, renamed into place
///     journal.N     what was counted since the snapshot of generation N
///     *.corrupt     what could not be read, kept aside for people; the next one takes its place
///
/// Whatever is wrong here stops nothing but the keeping. For one thread at a time.
struct WindowFiles: ~Copyable {
  private let folder: String
  private let logger: Logger
  private let lock: Descriptor
  private var journal: Descriptor?
  private(set) var journalBytes = 0
  private(set) var snapshotBytes = 0
  private(set) var generation: UInt64 = 0

  /// A snapshot of 32 flags under heavy traffic has less than half of it.
  private static let fileLimit = 1 << 30
  private static let chunkBytes = 1 << 20

  enum Fault: Error, CustomStringConvertible {
    case system(path: String, operation: String, number: Int32)
    case inUse(path: String)

    var description: String {
      switch self {
      case .system(let path, let operation, let number):
        "\(path): cannot \(operation): \(System.message(number))"
      case .inUse(let path):
        "\(path): another process keeps its windows here; two proxies never share a state folder"
      }
    }
  }

  init(folder: String, logger: Logger) throws(Fault) {
    lock = try Self.lock(folder)
    self.folder = folder
    self.logger = logger
  }

  private static func lock(_ folder: String) throws(Fault) -> Descriptor {
    if unsafe mkdir(folder, 0o700) != 0, errno != EEXIST {
      throw .system(path: folder, operation: "make the folder", number: errno)
    }
    let path = folder + "/lock"
    let descriptor = try attempt(path, "open the file") { () throws(System.Failure) in
      try Descriptor(opening: path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, mode: 0o600)
    }
    guard flock(descriptor.number, LOCK_EX | LOCK_NB) == 0 else { throw .inUse(path: folder) }
    return descriptor
  }

  // MARK: Reading

  /// Who we are: the same after a restart, so that nobody counts our past twice.
  func identity() -> String {
    let path = folder + "/id"
    if let bytes = try? read(path), let id = Self.identity(bytes) { return id }
    let id = Self.newIdentity()
    do throws(System.Failure) { try System.replace(path, with: Array((id + "\n").utf8), mode: 0o600) } catch {
      logger.error("\(path): cannot be written: \(System.message(error.number)); the fleet may count our past twice")
    }
    return id
  }

  static func newIdentity() -> String {
    let digits = String(UInt64.random(in: 1...UInt64.max), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private static func identity(_ bytes: [UInt8]) -> String? {
    let text = String(decoding: bytes, as: UTF8.self).trimmingSuffix("\n")
    let isHexadecimal = text.utf8.allSatisfy { ASCII.isDigit($0) || (0x61...0x66).contains($0) }
    return text.utf8.count == 16 && isHexadecimal ? text : nil
  }

  /// All that was kept, in its order.
  mutating func load() -> [Record] {
    var records: [Record] = []
    let snapshot = content("snapshot", isAppended: false)
    records += snapshot?.records ?? []
    if let snapshot = snapshot?.generation {
      generation = snapshot
      records += content(Self.journalName(snapshot), isAppended: true, generation: snapshot)?.records ?? []
    }
    setAsideOrphans(isSnapshotKnown: snapshot?.generation != nil)
    // The next snapshot is newer than anything that lies here.
    generation = max(generation, journalGenerations().filter { $0 < RecordFile.generationLimit }.max() ?? 0)
    return records
  }

  /// A journal says what came after its snapshot, in the numbers of that one: with another it means something else. One of
  /// an earlier snapshot is in the present one already.
  private func setAsideOrphans(isSnapshotKnown: Bool) {
    for orphan in journalGenerations().sorted() where orphan > generation || !isSnapshotKnown {
      let path = folder + "/" + Self.journalName(orphan)
      // Nothing is to take the place of something.
      var status = stat()
      guard unsafe lstat(path, &status) != 0 || status.st_size > 0 else {
        System.remove(path)
        continue
      }
      logger.error("\(path): belongs to no snapshot and is not used; it is kept as journal.corrupt")
      setAside(path, "journal.corrupt")
    }
  }

  private func setAside(_ path: String, _ name: String) {
    guard unsafe rename(path, folder + "/" + name) != 0 else { return }
    logger.error("\(path): cannot be kept as \(name): \(System.message(errno))")
  }

  /// Nil when there is nothing, or another generation than the one that is named.
  private func content(_ name: String, isAppended: Bool, generation: UInt64? = nil) -> RecordFile.Content? {
    let path = folder + "/" + name
    do throws(System.Failure) {
      var content = RecordFile.read(try read(path))
      if let generation, let found = content.generation, found != generation {
        content = RecordFile.Content(isCorrupt: true)
      }
      let rest = "\(content.records.count) records before it are used"
      if content.isCorrupt || content.isTorn && !isAppended {
        logger.error("\(path): is damaged, or of another version; \(rest), the file is kept as .corrupt")
        setAside(path, isAppended ? "journal.corrupt" : "snapshot.corrupt")
      } else if content.isTorn {
        logger.warning("\(path): its last record was not written to the end and is left out; \(rest)")
      }
      return content
    } catch {
      if error.number != ENOENT { logger.error("\(path): cannot be read: \(System.message(error.number))") }
      return nil
    }
  }

  private func read(_ path: String) throws(System.Failure) -> [UInt8] {
    let descriptor = try Descriptor(opening: path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW)
    return try descriptor.readAll(limit: Self.fileLimit, expected: Int(try descriptor.regularStatus().st_size))
  }

  /// An empty file in the place of whatever has that name. Nothing that lies there is opened: a pipe would wait for a
  /// reader, and a link would lead to somebody else's file.
  private static func begin(_ path: String, _ flags: Int32 = 0) throws(System.Failure) -> Descriptor {
    System.remove(path)
    return try Descriptor(opening: path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | flags, mode: 0o600)
  }

  private func journalGenerations() -> [UInt64] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let numbers = names.filter { $0.hasPrefix("journal.") }.compactMap { UInt64($0.dropFirst("journal.".count)) }
    return numbers.filter { names.contains(Self.journalName($0)) }
  }

  private static func journalName(_ generation: UInt64) -> String { "journal.\(generation)" }

  // MARK: Writing

  /// All windows, in the place of what was kept before. The old files stay until the new ones are whole.
  mutating func replace(with records: [Record]) throws(Fault) {
    journal = nil
    let next = generation < RecordFile.generationLimit ? generation + 1 : 1
    let (path, temporary) = (folder + "/snapshot", folder + "/snapshot.tmp")
    var written = 0
    do throws(Fault) {
      try Self.attempt(temporary, "write") { () throws(System.Failure) in
        let descriptor = try Self.begin(temporary)
        var chunk = RecordFile.head(generation: next)
        for record in records {
          chunk += RecordFile.framed(record)
          guard chunk.count >= Self.chunkBytes else { continue }
          try descriptor.writeAll(chunk)
          written += chunk.count
          chunk.removeAll(keepingCapacity: true)
        }
        try descriptor.writeAll(chunk)
        written += chunk.count
        try System.check { fsync(descriptor.number) }
      }
      try Self.attempt(path, "replace the file") { () throws(System.Failure) in
        try System.check { unsafe rename(temporary, path) }
      }
    } catch {
      System.remove(temporary)
      throw error
    }
    (generation, snapshotBytes) = (next, written)
    try beginJournal()
  }

  private mutating func beginJournal() throws(Fault) {
    let path = folder + "/" + Self.journalName(generation)
    let (head, old) = (RecordFile.head(generation: generation), journalGenerations())
    journal = try Self.attempt(path, "begin the file") { () throws(System.Failure) in
      let descriptor = try Self.begin(path, O_APPEND)
      try descriptor.writeAll(head)
      return descriptor
    }
    journalBytes = head.count
    for number in old where number < generation { System.remove(folder + "/" + Self.journalName(number)) }
  }

  /// False: there is no journal to append to, and all is to be written anew. After a fault too, since the end of the file
  /// is then unknown.
  mutating func append(_ records: [Record]) throws(Fault) -> Bool {
    guard let open = journal.take() else { return false }
    let bytes = records.flatMap(RecordFile.framed)
    try Self.attempt(folder + "/" + Self.journalName(generation), "append") { () throws(System.Failure) in
      try open.writeAll(bytes)
    }
    journalBytes += bytes.count
    journal = consume open
    return true
  }

  @discardableResult
  private static func attempt<Result: ~Copyable>(
    _ path: String, _ operation: String, _ body: () throws(System.Failure) -> Result
  ) throws(Fault) -> Result {
    do throws(System.Failure) { return try body() } catch {
      throw .system(path: path, operation: operation, number: error.number)
    }
  }
}

extension String {
  fileprivate func trimmingSuffix(_ suffix: String) -> String {
    hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
  }
}
