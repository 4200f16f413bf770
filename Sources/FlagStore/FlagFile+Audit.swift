internal import Flags
import FoundationEssentials
import Glibc
internal import Reactor

/// The audit trail of a flag file: `flags.audit.jsonl` beside `flags.json`, one entry to a line, written under the same
/// lock. A change is written before its entry, so a writer that is killed between the two leaves a change without one;
/// whoever looks next, a proxy or a writer, puts it there: what the trail does not know was *found*.
extension FlagFile {
  static func auditPath(of target: String) -> String {
    (target.hasSuffix(".json") ? String(target.dropLast(5)) : target) + ".audit.jsonl"
  }

  package func audit(flag: String?, limit: Int) throws(FlagStoreError) -> AuditTrail {
    guard let target = System.realPath(path) else { throw .fileMissing(file: path) }
    var trail = AuditTrail(entries: [])
    try AuditLog(path: Self.auditPath(of: target)).eachFromTheEnd { entry in
      if let entry, flag == nil || entry.flag == flag { trail.entries.append(entry) }
      if entry == nil { trail.unreadable += 1 }
      return trail.entries.count < limit
    }
    return trail
  }

  /// Puts into the trail what of these flags it does not know yet.
  func auditFound(_ flags: [Flag]) throws(FlagStoreError) {
    try withLock { target throws(FlagStoreError) in
      let log = AuditLog(path: Self.auditPath(of: target))
      // They may have been changed, and audited, since.
      let document = try self.read()
      for flag in flags {
        guard let stored = document.flag(named: flag.name) else { continue }
        try log.append(found: stored)
      }
    }
  }
}

/// Entries in a file that only grows.
struct AuditLog {
  let path: String

  func append(_ entry: AuditEntry) throws(FlagStoreError) {
    do throws(System.Failure) {
      let descriptor = try Descriptor(opening: path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW, mode: 0o644)
      let size = Int(try descriptor.status().st_size)
      // A writer that was killed may have left the beginning of a line.
      let ending = try descriptor.read(at: max(size - 1, 0), count: 1)
      let isTorn = size > 0 && ending != [UInt8(ascii: "\n")]
      try descriptor.writeAll(Array(((isTorn ? "\n" : "") + JSONLine.text(of: entry) + "\n").utf8))
      try System.check { fsync(descriptor.number) }
    } catch {
      throw .system(operation: "append to the audit trail", file: path, number: error.number)
    }
  }

  /// An entry for `flag` if the last one is not about this very state of it. A flag that was never edited and never
  /// audited has no history worth an entry.
  func append(found flag: Flag) throws(FlagStoreError) {
    var last: AuditEntry?
    try eachFromTheEnd { entry in
      if entry?.flag == flag.name { last = entry }
      return last == nil
    }
    guard last?.after != AuditEntry.State(flag), last != nil || flag.revision > 0 else { return }
    let isSigned = flag.revision > (last?.revision ?? 0)
    try append(
      AuditEntry(
        found: flag, before: last?.after, by: isSigned ? flag.updatedBy : nil, from: "found in the file",
        reason: isSigned ? flag.reason : nil))
  }

  /// Calls `body` with the entries, the last first, nil for what is none, until it returns false. A file that is not
  /// there has none.
  func eachFromTheEnd(_ body: (AuditEntry?) -> Bool) throws(FlagStoreError) {
    do throws(System.Failure) {
      let descriptor = try Descriptor(opening: path, O_RDONLY | O_NOFOLLOW)
      var end = Int(try descriptor.status().st_size)
      var rest: [UInt8] = []
      while end > 0 {
        let count = min(end, 65_536)
        rest = try descriptor.read(at: end - count, count: count) + rest
        end -= count
        // What stands before the first line end may have begun further in front.
        let newline = UInt8(ascii: "\n")
        let whole = end == 0 ? 0 : rest.firstIndex(of: newline) ?? rest.count
        for line in rest[whole...].split(separator: newline).reversed() {
          guard body(try? JSONDecoder().decode(AuditEntry.self, from: Data(line))) else { return }
        }
        rest = Array(rest[..<whole])
      }
    } catch {
      if error.number == ENOENT { return }
      throw .system(operation: "read the audit trail", file: path, number: error.number)
    }
  }
}
