internal import Bytes
package import Conversations
internal import FlagStore
internal import Glibc
internal import Reactor
internal import Redis

/// The guide's `BGSAVE`, with a wait for its end and a check of its file.
///
///     a save in progress    wait for its end: it may contain older data
///     BGSAVE                wait until its status is ok and LASTSAVE is newer
///     the file              if it is on this machine: is it of this save, complete, and how large
///     a copy                with --backups, so that the next save does not overwrite it
package struct RedisBackup: Sendable {
  package var location: ContextLocation
  /// For the copy; nil: no copy.
  package var folder: BackupFolder?
  /// For two saves: one in progress, and ours.
  package var timeout: Duration

  package init(_ location: ContextLocation, folder: BackupFolder?, timeout: Duration) {
    self.location = location
    self.folder = folder
    self.timeout = timeout
  }

  package var check: DiagnosticCheck {
    DiagnosticCheck("Redis backup", timeout: timeout) { deadline throws(CheckError) in
      var connection = try ServerChecks.connect(location, deadline)
      let savedAt: Int?
      do throws(RedisError) { savedAt = try save(&connection, deadline) } catch { throw checkError(error) }
      guard let savedAt else { return saveFailed(&connection) }
      return try inspect(&connection, savedAt, deadline)
    }
  }

  private func checkError(_ error: RedisError) -> CheckError {
    switch error.code {
    case "NOPERM": CheckError(error, or: "Allow the user BGSAVE, LASTSAVE and INFO.")
    default: CheckError(error)
    }
  }

  // MARK: The save

  /// When it ended, in seconds since 1970 by the server's clock; nil: it failed.
  private func save(_ connection: inout RedisConnection, _ deadline: Deadline) throws(RedisError) -> Int? {
    while true {
      try waitUntilIdle(&connection, deadline)
      let before = try connection.command("LASTSAVE").integer ?? 0
      // LASTSAVE counts in seconds: our save must end in a later one.
      while try now(&connection) <= before { try pause(deadline, 50_000) }
      do throws(RedisError) {
        try connection.command("BGSAVE", timeoutNanoseconds: deadline.atMost(.seconds(10)).remaining.nanoseconds)
      } catch {
        // Another save, or a rewrite of the append-only file, started first.
        guard case .refused(let text) = error, text.contains("in progress") || text.contains("child process") else {
          throw error
        }
        try pause(deadline, 100_000)
        continue
      }
      try waitUntilIdle(&connection, deadline)
      let info = try info(&connection)
      let saved = try connection.command("LASTSAVE").integer ?? 0
      return info["rdb_last_bgsave_status"] == "ok" && saved > before ? saved : nil
    }
  }

  private func waitUntilIdle(_ connection: inout RedisConnection, _ deadline: Deadline) throws(RedisError) {
    while true {
      let info = try info(&connection)
      guard info.isSet("rdb_bgsave_in_progress") || info.isSet("aof_rewrite_in_progress") else { return }
      try pause(deadline, 100_000)
    }
  }

  private func info(_ connection: inout RedisConnection) throws(RedisError) -> RedisInfo {
    try RedisInfo.read(&connection, section: "persistence")
  }

  private func now(_ connection: inout RedisConnection) throws(RedisError) -> Int {
    try connection.command("TIME").elements?.first?.integer ?? .max
  }

  private func pause(_ deadline: Deadline, _ microseconds: UInt32) throws(RedisError) {
    guard !deadline.hasPassed else {
      throw .timedOut(place: "the save of \(location)", milliseconds: timeout.milliseconds)
    }
    usleep(microseconds)
  }

  private func saveFailed(_ connection: inout RedisConnection) -> CheckOutcome {
    let path = (try? file(&connection)).flatMap { $0 }
    let folder = path.map { "the folder of \($0)" } ?? "its folder"
    return .fail(
      "BGSAVE failed",
      advice: "See the log of Redis. Most often \(folder) is not writable, or the disk or the memory is full.")
  }

  // MARK: The file

  /// Nil where CONFIG GET is refused.
  private func file(_ connection: inout RedisConnection) throws(RedisError) -> String? {
    let replies = try connection.pipeline([["CONFIG", "GET", "dir"], ["CONFIG", "GET", "dbfilename"]])
    guard let folder = replies[0].pairs?["dir"]?.text, let name = replies[1].pairs?["dbfilename"]?.text else {
      return nil
    }
    // The name of a removed folder is empty.
    return folder.isEmpty ? nil : "\(folder)/\(name)"
  }

  private func inspect(
    _ connection: inout RedisConnection, _ savedAt: Int, _ deadline: Deadline
  ) throws(CheckError) -> CheckOutcome {
    let path: String?
    do throws(RedisError) { path = try file(&connection) } catch { path = nil }
    guard let path else {
      return .warn(
        "saved on the server; the path is unknown because CONFIG GET is refused",
        advice: "Copy the file that redis.conf names with dir and dbfilename, before the next save overwrites it.")
    }
    // A file with that name that is older, or on another machine than the server, is not the one saved.
    guard isHere, let file = SnapshotFile(path), file.writtenAt >= savedAt - 2 else {
      return .warn(
        "saved as \(path) on the machine of Redis",
        advice:
          "It is not readable from here, so it was not checked. Copy it there before the next save overwrites it, "
          + "or run: redis-cli --rdb FILE.")
    }
    if let defect = file.defect() {
      return .fail("\(path) \(defect)", advice: "Save again; if it recurs, see the log of Redis and check the disk.")
    }
    guard let folder else {
      return .warn(
        "\(path), \(NumberText.bytes(file.bytes))",
        advice: "The next save overwrites it. --backups FOLDER keeps a copy.")
    }
    return try copy(file, to: folder, at: savedAt, deadline)
  }

  /// Only then is a path of the server valid on this machine.
  private var isHere: Bool {
    switch location.address.endpoint {
    case .unix: true
    case .tcp(let host, _): host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
  }

  private func copy(
    _ file: borrowing SnapshotFile, to folder: BackupFolder, at seconds: Int, _ deadline: Deadline
  ) throws(CheckError) -> CheckOutcome {
    let name = folder.name("redis", "rdb", at: seconds)
    let target = try folder.create(name)
    do throws(System.Failure) { try file.copy(to: target, deadline) } catch {
      System.remove(name + ".part")
      throw folder.checkError("cannot copy \(file.path) to \(name)", error)
    }
    let checked = try Self.checkFormat(of: name + ".part", deadline)
    try folder.finish(name, target)
    return .pass("\(name), \(NumberText.bytes(file.bytes))\(checked ? ", checked by redis-check-rdb" : "")")
  }

  /// Checks the whole copy with redis-check-rdb; false where that is not installed.
  private static func checkFormat(of path: String, _ deadline: Deadline) throws(CheckError) -> Bool {
    guard let program = ChildProcess.find(["redis-check-rdb"]) else { return false }
    guard let null = try? Descriptor(opening: "/dev/null", O_WRONLY) else { return false }
    let child = try ChildProcess.run(program, [path], output: null, deadline)
    guard child.hasSucceeded else {
      throw CheckError(
        "\(path) is not a valid copy: redis-check-rdb \(child.isTimedOut ? "did not finish in time" : "refuses it")",
        advice: "Save again; if it recurs, check the disk. The file stays for inspection.")
    }
    return true
  }
}

/// A file that Redis has saved: `REDIS`, four digits of a version, records, 0xFF and eight bytes of a checksum.
///
/// It stays open, so a later save, which puts another file in its place, does not change what is checked and copied.
struct SnapshotFile: ~Copyable {
  let path: String
  let bytes: Int
  /// When it was last written, in seconds since 1970.
  let writtenAt: Int
  private let descriptor: Descriptor

  /// Nil where it does not exist or is not readable: it may be on another machine.
  init?(_ path: String) {
    guard let descriptor = try? Descriptor(opening: path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK),
      let status = try? descriptor.regularStatus()
    else { return nil }
    self.path = path
    bytes = Int(status.st_size)
    writtenAt = status.st_mtim.tv_sec
    self.descriptor = descriptor
  }

  /// Nil when it is complete, as far as its beginning and end show.
  borrowing func defect() -> String? {
    // Magic, version, end and checksum: the minimum, of an empty database.
    guard bytes >= 18 else { return "has only \(bytes) bytes" }
    guard let head = read(at: 0, count: 9), head.starts(with: "REDIS".utf8),
      head.dropFirst(5).allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return "does not begin with REDIS and a version" }
    guard read(at: bytes - 9, count: 1) == [0xFF] else { return "does not end as a save does" }
    return nil
  }

  private borrowing func read(at offset: Int, count: Int) -> [UInt8]? {
    var content = [UInt8](repeating: 0, count: count)
    let length = unsafe pread(descriptor.number, &content, count, off_t(offset))
    return length == count ? content : nil
  }

  /// Copies it to a new file, 1 MiB at a time.
  borrowing func copy(
    to target: borrowing Descriptor, _ deadline: Deadline
  ) throws(System.Failure) {
    var offset = 0
    while offset < bytes {
      guard !deadline.hasPassed else { throw System.Failure(number: ETIMEDOUT) }
      guard let part = read(at: offset, count: min(1 << 20, bytes - offset)) else { throw System.Failure(number: EIO) }
      try target.writeAll(part)
      offset += part.count
    }
  }
}
