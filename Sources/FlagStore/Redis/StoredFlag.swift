import Flags
internal import Redis

/// One flag as Redis has it: the value that anybody may SET, and the record of what we know of it.
///
/// The record holds the flag in full, its revision and the value that it was made from. A value that the record does not
/// know was written behind our back: by `redis-cli SET`, by a deployment. It is in force all the same, and whoever
/// notices first *adopts* it: the record and the audit trail get it, as the next revision.
///
///     value   record                      means
///     ------  --------------------------  -----------------------------------------------------------
///     v       made from v                 the flag of the record
///     v       made from another, or none  v, a change behind our back
///     none    made from none              the flag of the record: it was deleted, and we know
///     none    made from v                 deleted behind our back: the initial value
///     none    none                        never set; or everything was flushed; or the server has lost its data
///
/// A short form says the percentage and nothing else: salt, lists and a kill stay as they were, so that
/// `SET flag 50` neither draws the users anew nor ends a kill. An object replaces all of the flag.
struct StoredFlag: Sendable, Equatable {
  var name: String
  /// Nil when the key is not there.
  var value: [UInt8]?
  var record: Record?

  struct Record: Sendable, Equatable {
    /// As it stands there; what a compare-and-set compares.
    var revision: String
    /// Nil when it cannot be read.
    var flag: Flag?
    /// The value that it was made from; nil: the key was not there.
    var value: [UInt8]?
  }

  /// What a reader knows without the store.
  struct Known: Sendable, Equatable {
    /// The flag that was read last, if it was.
    var flag: Flag?
    /// Whether that was in another life of the server.
    var isOtherServer = false
    /// The flag where there is none.
    var initial: Flag
  }

  struct Reading: Sendable, Equatable {
    var flag: Flag
    /// Set for a change that the record does not know yet: what was before it.
    var adoption: Adoption?
  }

  struct Adoption: Sendable, Equatable {
    var before: Flag?
    var action: AuditEntry.Action
  }

  func read(_ known: Known, place: String) throws(FlagStoreError) -> Reading {
    let base = record?.flag ?? known.flag
    guard let value else { return try readMissing(base, known, place) }
    if let record, let flag = record.flag, record.value == value { return Reading(flag: flag) }
    try check(value.count, atMost: FlagLimits.valueBytes, place)
    var flag = try Flag(storedValue: value, name: name, base: base, file: "\(place) \(name)")
    flag.updatedBy = flag.updatedBy ?? "SET"
    let reading = adopting(flag, over: base, known, .found)
    // In full it may be longer: JSON knows long and short ways to write a character.
    try check(reading.flag.compactText.utf8.count, atMost: FlagLimits.valueBytes + FlagLimits.noteRoom, place)
    return reading
  }

  private func check(_ bytes: Int, atMost limit: Int, _ place: String) throws(FlagStoreError) {
    guard bytes <= limit else { throw .valueTooLarge(flag: name, place: place, bytes: bytes) }
  }

  private func readMissing(_ base: Flag?, _ known: Known, _ place: String) throws(FlagStoreError) -> Reading {
    if let record, let flag = record.flag, record.value == nil { return Reading(flag: flag) }
    guard let base, base.revision > 0 else { return Reading(flag: known.initial) }
    if record == nil, known.isOtherServer { throw .lost(flag: name, place: place) }
    var flag = known.initial
    flag.updatedBy = "DEL"
    return adopting(flag, over: base, known, .deleted)
  }

  /// The flag as the next revision, counted once: a reader that may not write, or has not yet, finds it without a record
  /// again and again.
  private func adopting(_ flag: Flag, over base: Flag?, _ known: Known, _ action: AuditEntry.Action) -> Reading {
    var flag = flag
    if record == nil, let counted = known.flag, counted.revision > 0 {
      var same = flag
      same.revision = counted.revision
      if same == counted { return Reading(flag: counted, adoption: Adoption(before: nil, action: action)) }
    }
    flag.revision = max(flag.revision, base?.nextRevision ?? 1)
    return Reading(flag: flag, adoption: Adoption(before: base, action: action))
  }
}

extension Flag {
  /// What stands in the key of a flag: a short form over what was before, or a whole object.
  init(storedValue bytes: [UInt8], name: String, base: Flag?, file: String) throws(FlagStoreError) {
    let (flag, isShort) = try FlagDocument.value(parsing: bytes, name: name, file: file)
    guard isShort, let base else {
      self = flag
      return
    }
    self = base
    percentage = flag.percentage
    updatedAt = nil
    updatedBy = nil
    reason = nil
  }
}
