internal import Bytes
internal import FlagStore
internal import FoundationEssentials
internal import Glibc
internal import Logging
internal import Reactor

/// The files in which windows outlive the process, in the folder `windows` of the state folder:
///
///     id            16 hexadecimal digits that identify this proxy in the fleet
///     lock          locked by the process that uses the folder
///     snapshot      all windows at one time, renamed into place
///     journal.N     the changes since the snapshot of generation N
///     *.corrupt     the last damaged file of its kind, for people to look at
///
/// An error here stops the saving and nothing else. For one thread at a time.
struct WindowFiles: ~Copyable {
  private let folder: String
  private let logger: Logger
  private let lock: Descriptor
  private var journal: Descriptor?
  private(set) var journalBytes = 0
  private(set) var snapshotBytes = 0
  private(set) var generation: UInt64 = 0

  /// A snapshot of 32 flags under heavy traffic has less than half of this.
  private static let fileLimit = 1 << 30
  private static let chunkBytes = 1 << 20

  init(folder: String, logger: Logger) throws(WindowFilesError) {
    lock = try Self.lock(folder)
    self.folder = folder
    self.logger = logger
  }

  private static func lock(_ folder: String) throws(WindowFilesError) -> Descriptor {
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

  /// The id of this proxy: the same after a restart, so that the fleet does not count its past twice.
  func identity() -> String {
    let path = folder + "/id"
    if let bytes = try? read(path), let id = Self.identity(bytes) { return id }
    let id = Self.newIdentity()
    do throws(System.Failure) { try System.replace(path, with: Array((id + "\n").utf8), mode: 0o600) } catch {
      logger.error(
        "\(path): cannot be written: \(System.message(error.number)); the fleet may count this proxy's past twice")
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

  /// All records on disk, in order.
  mutating func load() -> [Record] {
    var records: [Record] = []
    let snapshot = content("snapshot", isAppended: false)
    records += snapshot?.records ?? []
    if let snapshot = snapshot?.generation {
      generation = snapshot
      records += content(Self.journalName(snapshot), isAppended: true, generation: snapshot)?.records ?? []
    }
    setAsideOrphans(isSnapshotKnown: snapshot?.generation != nil)
    // The next snapshot must be newer than any file here.
    generation = max(generation, journalGenerations().filter { $0 < RecordFile.generationLimit }.max() ?? 0)
    return records
  }

  /// A journal continues its own snapshot and means something else with another one. The present snapshot contains the
  /// journals of earlier ones.
  private func setAsideOrphans(isSnapshotKnown: Bool) {
    for orphan in journalGenerations().sorted() where orphan > generation || !isSnapshotKnown {
      let path = folder + "/" + Self.journalName(orphan)
      // An empty file must not replace one with content.
      var status = stat()
      guard unsafe lstat(path, &status) != 0 || status.st_size > 0 else {
        System.remove(path)
        continue
      }
      logger.error("\(path): belongs to no snapshot and is not used; renamed to journal.corrupt")
      setAside(path, "journal.corrupt")
    }
  }

  private func setAside(_ path: String, _ name: String) {
    guard unsafe rename(path, folder + "/" + name) != 0 else { return }
    logger.error("\(path): cannot be renamed to \(name): \(System.message(errno))")
  }

  /// Nil when the file does not exist or cannot be read. A file of another `generation` counts as damaged.
  private func content(_ name: String, isAppended: Bool, generation: UInt64? = nil) -> RecordFile.Content? {
    let path = folder + "/" + name
    do throws(System.Failure) {
      var content = RecordFile.read(try read(path))
      if let generation, let found = content.generation, found != generation {
        content = RecordFile.Content(isCorrupt: true)
      }
      let rest = "the \(content.records.count) records before that are used"
      if content.isCorrupt || content.isTorn && !isAppended {
        logger.error("\(path): is damaged or from another version; \(rest), and the file is renamed to *.corrupt")
        setAside(path, isAppended ? "journal.corrupt" : "snapshot.corrupt")
      } else if content.isTorn {
        logger.warning("\(path): the last record is incomplete and dropped; \(rest)")
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

  /// Creates an empty file and removes whatever has that name. It never opens an existing file: a pipe would block, and a
  /// link would lead to another file.
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

  /// Replaces the snapshot. The old files stay until the new ones are complete.
  mutating func replace(with records: [Record]) throws(WindowFilesError) {
    journal = nil
    let next = generation < RecordFile.generationLimit ? generation + 1 : 1
    let (path, temporary) = (folder + "/snapshot", folder + "/snapshot.tmp")
    var written = 0
    do throws(WindowFilesError) {
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

  private mutating func beginJournal() throws(WindowFilesError) {
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

  /// False when there is no journal to append to, and everything must be written anew. After an error there is none,
  /// because the end of the file is unknown.
  mutating func append(_ records: [Record]) throws(WindowFilesError) -> Bool {
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
  ) throws(WindowFilesError) -> Result {
    do throws(System.Failure) { return try body() } catch {
      throw .system(path: path, operation: operation, number: error.number)
    }
  }
}

enum WindowFilesError: Error, CustomStringConvertible {
  case system(path: String, operation: String, number: Int32)
  case inUse(path: String)

  var description: String {
    switch self {
    case .system(let path, let operation, let number): "\(path): cannot \(operation): \(System.message(number))"
    case .inUse(let path):
      "\(path): another process saves its windows here; give each proxy a state folder of its own (state)"
    }
  }
}

extension String {
  fileprivate func trimmingSuffix(_ suffix: String) -> String {
    hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
  }
}
