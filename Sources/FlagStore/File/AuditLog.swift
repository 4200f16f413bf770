internal import Flags
import FoundationEssentials
import Glibc
internal import JSON
internal import Reactor

/// The audit trail of a flag file: `flags.audit.jsonl` beside `flags.json`, one entry to a line, written under the same
/// lock. A change is written before its entry, so a writer that is killed between the two leaves a change without an entry.
/// The next proxy or writer that notices adds it with the action *found*.
extension FlagFile {
  static func auditPath(of target: String) -> String {
    (target.hasSuffix(".json") ? String(target.dropLast(5)) : target) + ".audit.jsonl"
  }

  package func audit(flag: String?, limit: Int) throws(FlagStoreError) -> AuditTrail {
    guard let target = System.realPath(path) else { throw .fileMissing(file: path) }
    var trail = AuditTrail(entries: [])
    try AuditLog(path: Self.auditPath(of: target)).eachFromTheEnd(naming: flag) { entry in
      if let entry, flag == nil || entry.flag == flag { trail.entries.append(entry) }
      if entry == nil { trail.unreadable += 1 }
      return trail.entries.count < limit
    }
    return trail
  }

  /// Records states of these flags that the trail does not have. Throws `locked` at once while another writer runs, because a
  /// watcher must not wait.
  func auditFound(_ flags: [Flag]) throws(FlagStoreError) {
    try withLock(waiting: 0) { target throws(FlagStoreError) in
      let log = AuditLog(path: Self.auditPath(of: target))
      // A writer may have changed and recorded them since.
      let document = try self.read()
      for flag in flags {
        guard let stored = document.flag(named: flag.name) else { continue }
        try log.append(found: stored)
      }
    }
  }
}

/// An append-only file of entries.
struct AuditLog {
  let path: String

  private static let blockBytes = 65_536
  /// A longer line is not an entry, which has at most 20 users and three notes.
  private static let lineBytes = 1 << 20
  /// How far back a writer searches for the last entry of a flag: about 100,000 entries, in 10 ms.
  private static let searchedBytes = 32 << 20

  /// Opens the file for appending.
  func open() throws(FlagStoreError) -> OpenAuditLog {
    do throws(System.Failure) {
      return OpenAuditLog(path: path, descriptor: try file(O_RDWR | O_CREAT | O_APPEND, mode: 0o644))
    } catch {
      throw .system(operation: "append to the audit trail", file: path, number: error.number)
    }
  }

  /// Appends an entry for `flag` unless the last one describes this state. A flag that was never edited and never recorded
  /// needs no entry.
  func append(found flag: Flag) throws(FlagStoreError) {
    var last: AuditEntry?
    try eachFromTheEnd(naming: flag.name, within: Self.searchedBytes) { entry in
      if entry?.flag == flag.name { last = entry }
      return last == nil
    }
    guard last?.after != AuditEntry.State(flag), last != nil || flag.revision > 0 else { return }
    let isSigned = flag.revision > (last?.revision ?? 0)
    try open().append(
      AuditEntry(
        found: flag, before: last?.after, by: isSigned ? flag.updatedBy : nil, from: "found in the file",
        reason: isSigned ? flag.reason : nil))
  }

  /// Calls `body` with the entries, the last first, until it returns false; nil stands for a line that is not an entry. A
  /// missing file has no entries.
  ///
  /// - Parameters:
  ///   - name: lines without this word are skipped, which is much faster than decoding them.
  ///   - limit: bytes to search from the end.
  func eachFromTheEnd(
    naming name: String? = nil, within limit: Int = .max, _ body: (AuditEntry?) -> Bool
  ) throws(FlagStoreError) {
    let word = name.map { Array("\"\($0)\"".utf8) }
    do throws(System.Failure) {
      let descriptor = try file(O_RDONLY)
      let size = Int(try descriptor.status().st_size)
      try descriptor.eachLineFromTheEnd(
        in: max(0, size - limit)..<size, block: Self.blockBytes, longest: Self.lineBytes
      ) {
        line in
        guard let line else { return body(nil) }
        if let word, !line.contains(word) { return true }
        return body(try? JSONDecoder().decode(AuditEntry.self, from: Data(line)))
      }
    } catch {
      if error.number == ENOENT { return }
      throw .system(operation: "read the audit trail", file: path, number: error.number)
    }
  }

  /// Opens a regular file only: opening a pipe would wait.
  private func file(_ flags: Int32, mode: mode_t = 0) throws(System.Failure) -> Descriptor {
    let descriptor = try Descriptor(opening: path, flags | O_NOFOLLOW | O_NONBLOCK, mode: mode)
    let kind = try descriptor.status().st_mode & S_IFMT
    guard kind == S_IFREG else { throw System.Failure(number: kind == S_IFDIR ? EISDIR : EINVAL) }
    return descriptor
  }
}

/// An audit trail that is open for appending.
struct OpenAuditLog: ~Copyable {
  let path: String
  let descriptor: Descriptor

  borrowing func append(_ entry: AuditEntry) throws(FlagStoreError) {
    do throws(System.Failure) {
      let size = Int(try descriptor.status().st_size)
      // A killed writer may have left an incomplete line.
      let ending = try descriptor.read(at: max(size - 1, 0), count: 1)
      let isTorn = size > 0 && ending != [UInt8(ascii: "\n")]
      try descriptor.writeAll(Array(((isTorn ? "\n" : "") + JSONText.line(entry) + "\n").utf8))
      try System.check { fsync(descriptor.number) }
    } catch {
      throw .system(operation: "append to the audit trail", file: path, number: error.number)
    }
  }
}

extension Descriptor {
  /// Calls `body` with the lines, the last first, without empty ones, until it returns false. A line longer than `longest`
  /// bytes is passed as nil and not kept in memory; a line that begins before `range` is left out.
  fileprivate func eachLineFromTheEnd(
    in range: Range<Int>, block: Int, longest: Int, _ body: (ArraySlice<UInt8>?) -> Bool
  ) throws(System.Failure) {
    let newline = UInt8(ascii: "\n")
    var end = range.upperBound
    var rest: [UInt8] = []
    var isTooLong = false
    while end > range.lowerBound {
      let count = min(end - range.lowerBound, block)
      rest = try read(at: end - count, count: count) + rest
      end -= count
      if isTooLong {
        let cut = rest.lastIndex(of: newline)
        rest = Array(rest[..<(cut ?? 0)])
        guard cut != nil || end == 0 else { continue }
        isTooLong = false
        guard body(nil) else { return }
      }
      // The bytes before the first line end may belong to a longer line.
      let whole = end == 0 ? 0 : rest.firstIndex(of: newline) ?? rest.count
      for line in rest[whole...].split(separator: newline).reversed() {
        guard body(line.count > longest ? nil : line) else { return }
      }
      isTooLong = whole > longest
      rest = isTooLong ? [] : Array(rest[..<whole])
    }
  }
}

extension ArraySlice<UInt8> {
  /// `word` is not empty.
  fileprivate func contains(_ word: [UInt8]) -> Bool {
    unsafe withUnsafeBytes { text in
      var rest = unsafe text[...]
      while unsafe rest.count >= word.count, let base = unsafe UnsafeRawBufferPointer(rebasing: rest).baseAddress,
        let found = unsafe memchr(base, Int32(word[0]), rest.count)
      {
        unsafe rest = rest.dropFirst(base.distance(to: found))
        guard unsafe !rest.starts(with: word) else { return true }
        unsafe rest = rest.dropFirst()
      }
      return false
    }
  }
}
