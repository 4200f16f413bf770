package import Conversations
internal import FlagStore
internal import Glibc
internal import Reactor
internal import Redis

/// The guide's `BGSAVE`, waited for and checked.
///
///     a save under way      is waited for: what is in it may be from before
///     BGSAVE                is waited for, until it says ok and LASTSAVE is newer
///     the file              where it can be seen from here: is it of this save, whole, and what is its size
///     a copy                with --backups, so that the next save does not overwrite it
package struct RedisBackup: Sendable {
  package var place: ContextLocation
  /// Where the copy goes; nil: none is made.
  package var folder: BackupFolder?

  package init(_ place: ContextLocation, folder: BackupFolder?) {
    self.place = place
    self.folder = folder
  }

  /// - Parameter limitNanoseconds: for two saves: the one that is under way, and ours.
  package func check(limitNanoseconds: UInt64) -> Check {
    Check("Redis backup", limitNanoseconds: limitNanoseconds) { limit throws(CheckFault) in
      var connection = try ServerChecks.connect(place, limit)
      let savedAt: Int?
      do throws(RedisError) { savedAt = try save(&connection, limit) } catch { throw fault(error) }
      guard let savedAt else { return saveFailed(&connection) }
      return try look(&connection, savedAt, limit)
    }
  }

  private func fault(_ error: RedisError) -> CheckFault {
    switch error.code {
    case "NOPERM": CheckFault(error, or: "Give the user BGSAVE, LASTSAVE and INFO.")
    default: CheckFault(error)
    }
  }

  // MARK: The save

  /// Seconds since 1970 by the server's clock; nil: it failed.
  private func save(_ connection: inout RedisConnection, _ limit: TimeLimit) throws(RedisError) -> Int? {
    while true {
      try waitForQuiet(&connection, limit)
      let before = try connection.command("LASTSAVE").integer ?? 0
      // LASTSAVE counts in seconds: ours is to end in a later one.
      while try now(&connection) <= before { try pause(limit, 50_000) }
      do throws(RedisError) { try connection.command("BGSAVE", timeoutNanoseconds: limit.atMost(10_000_000_000)) } catch
      {
        // Somebody else was quicker, with a save or with a rewrite of the append-only file.
        guard case .refused(let text) = error, text.contains("in progress") || text.contains("child process") else {
          throw error
        }
        try pause(limit, 100_000)
        continue
      }
      try waitForQuiet(&connection, limit)
      let facts = try facts(&connection)
      let saved = try connection.command("LASTSAVE").integer ?? 0
      return facts["rdb_last_bgsave_status"] == "ok" && saved > before ? saved : nil
    }
  }

  private func waitForQuiet(_ connection: inout RedisConnection, _ limit: TimeLimit) throws(RedisError) {
    while true {
      let facts = try facts(&connection)
      guard facts.isSet("rdb_bgsave_in_progress") || facts.isSet("aof_rewrite_in_progress") else { return }
      try pause(limit, 100_000)
    }
  }

  private func facts(_ connection: inout RedisConnection) throws(RedisError) -> ServerFacts {
    ServerFacts(info: try connection.command("INFO", "persistence").text ?? "")
  }

  private func now(_ connection: inout RedisConnection) throws(RedisError) -> Int {
    try connection.command("TIME").elements?.first?.integer ?? .max
  }

  private func pause(_ limit: TimeLimit, _ microseconds: UInt32) throws(RedisError) {
    guard !limit.hasPassed else {
      throw .timedOut(place: "the save of \(place)", milliseconds: Int(clamping: limit.allowedNanoseconds / 1_000_000))
    }
    usleep(microseconds)
  }

  private func saveFailed(_ connection: inout RedisConnection) -> CheckOutcome {
    let path = (try? file(&connection)).flatMap { $0 }
    let folder = path.map { "the folder of \($0)" } ?? "its folder"
    return .fail(
      "BGSAVE failed",
      advice: "Look into the log of Redis. Most often it may not write \(folder), or the disk or the memory is full.")
  }

  // MARK: The file

  /// Nil where we may not ask.
  private func file(_ connection: inout RedisConnection) throws(RedisError) -> String? {
    let replies = try connection.pipeline([["CONFIG", "GET", "dir"], ["CONFIG", "GET", "dbfilename"]])
    guard let folder = replies[0].pairs?["dir"]?.text, let name = replies[1].pairs?["dbfilename"]?.text else {
      return nil
    }
    // A folder that has gone has no name.
    return folder.isEmpty ? nil : "\(folder)/\(name)"
  }

  private func look(
    _ connection: inout RedisConnection, _ savedAt: Int, _ limit: TimeLimit
  ) throws(CheckFault) -> CheckOutcome {
    let path: String?
    do throws(RedisError) { path = try file(&connection) } catch { path = nil }
    guard let path else {
      return .warn(
        "saved on the server; where is not known, CONFIG GET is refused",
        advice: "Copy the file that its redis.conf names with dir and dbfilename, before the next save overwrites it.")
    }
    // A file of that name that is older, or on a machine that is not the server's, is another's.
    guard isHere, let file = SnapshotFile(path), file.writtenAt >= savedAt - 2 else {
      return .warn(
        "saved as \(path) on the machine of Redis",
        advice:
          "It cannot be read from here, so it was not looked at. Copy it there before the next save overwrites it, "
          + "or run: redis-cli --rdb FILE.")
    }
    if let fault = file.fault() {
      return .fail("\(path) \(fault)", advice: "Save again; if it is so again, look into the log and check the disk.")
    }
    guard let folder else {
      return .warn(
        "\(path), \(Amount.bytes(file.bytes))",
        advice: "The next save overwrites it. With --backups FOLDER a copy is kept.")
    }
    return try copy(file, to: folder, at: savedAt, limit)
  }

  /// Only then a path of the server is one of ours.
  private var isHere: Bool {
    switch place.address.endpoint {
    case .unix: true
    case .tcp(let host, _): host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
  }

  private func copy(
    _ file: borrowing SnapshotFile, to folder: BackupFolder, at seconds: Int, _ limit: TimeLimit
  ) throws(CheckFault) -> CheckOutcome {
    let name = folder.name("redis", "rdb", at: seconds)
    let target = try folder.create(name)
    do throws(System.Failure) { try file.copy(to: target, limit) } catch {
      System.remove(name + ".part")
      throw folder.fault("cannot copy \(file.path) to \(name)", error)
    }
    let checked = try Self.checkFormat(of: name + ".part", limit)
    try folder.finish(name, target)
    return .pass("\(name), \(Amount.bytes(file.bytes))\(checked ? ", checked by redis-check-rdb" : "")")
  }

  /// Reads all of the copy, where the program for that is installed; false where it is not.
  private static func checkFormat(of path: String, _ limit: TimeLimit) throws(CheckFault) -> Bool {
    guard let program = ChildProgram.find(["redis-check-rdb"]) else { return false }
    guard let nowhere = try? Descriptor(opening: "/dev/null", O_WRONLY) else { return false }
    let child = try ChildProgram.run(program, [path], output: nowhere, limit)
    guard child.hasSucceeded else {
      throw CheckFault(
        "\(path) is no good copy: redis-check-rdb \(child.isOverdue ? "did not end in time" : "refuses it")",
        advice: "Save again; if it is so again, check the disk. The file is left for you to look at.")
    }
    return true
  }
}
