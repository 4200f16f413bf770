import Flags
internal import Logging
internal import Reactor
internal import Redis

/// One life of the watcher's connections; on the watcher's thread alone.
final class RedisSession {
  private let watcher: RedisWatcher
  /// Who is entered in the register; nil for a session that only reads.
  private let member: (@Sendable () -> FleetMember)?
  private let keys: RedisKeys
  /// Of this run of the server; nil where we may not ask.
  private let storeID: String?
  private var asking: RedisConnection
  private var told: RedisConnection?
  let toldDescriptor: Int32
  /// What was in force when the session began came from another run of the server.
  private var isOtherServer: Bool
  /// The flags that were read last, here or before.
  private var known: [Flag]
  /// What the server has refused, each told once.
  private var refusals: Set<String> = []
  private var readings: [(stored: StoredFlag, reading: StoredFlag.Reading)] = []

  /// What a read came to: the flags to decide by, and the first fault; a flag with a fault stays as it was.
  struct Outcome {
    var flags: StoredFlags
    var fault: FlagStoreError?

    func orThrow() throws(FlagStoreError) -> StoredFlags {
      if let fault { throw fault }
      return flags
    }
  }

  init(_ watcher: RedisWatcher, kept: LastGood?, member: (@Sendable () -> FleetMember)?) throws(FlagStoreError) {
    self.watcher = watcher
    self.member = member
    keys = watcher.keys
    let place = watcher.place
    var asking = try Self.attempt(place) { () throws(RedisError) in try watcher.settings.connect(as: "turnout") }
    try watcher.checkEnd()
    storeID = try Self.attempt(place) { () throws(RedisError) in try Self.runID(of: &asking) }
    try watcher.checkEnd()
    if member != nil {
      let told = try Self.attempt(place) { () throws(RedisError) in
        try Self.listen(watcher.settings, watcher.keys, asking: &asking, watcher)
      }
      toldDescriptor = told.descriptor
      self.told = consume told
    } else {
      toldDescriptor = -1
    }
    self.asking = consume asking
    known = kept?.flags ?? watcher.flags.storedHere
    let lastID = kept?.storeID ?? watcher.flags.storeID
    isOtherServer = lastID != nil && storeID != nil && lastID != storeID
  }

  // MARK: Being told

  /// Messages that are taken before the flags are read again, however many more there are.
  private static let messagesPerTurn = 1_000

  /// Takes what the server has said. True: a flag has changed.
  func takeMessages() throws(FlagStoreError) -> Bool {
    var (count, isTouched) = (0, false)
    try call { () throws(RedisError) in
      while count < Self.messagesPerTurn, let message = try told?.nextMessage() {
        count += 1
        if tellsOfFlag(message) { isTouched = true }
      }
    }
    return isTouched
  }

  /// A record alone changes when somebody has adopted a value by which everyone decides already: the next poll will do.
  /// With a whole fleet reading anew at once, those that decided first would hold up the last.
  private func tellsOfFlag(_ message: RedisReply) -> Bool {
    guard let parts = message.elements, parts.count == 3, parts[1].text == Self.invalidation,
      let touched = parts[2].elements
    else { return true }
    return !touched.allSatisfy { keys.isRecord($0.value ?? []) }
  }

  // MARK: Reading

  /// Reads all flags at once and takes over what is new. True: others wrote some of it, and `adopt` is to follow, which
  /// has time; otherwise this is said in the register, for which a command may wait.
  func takeOver() throws(FlagStoreError) -> Bool {
    let outcome = try read()
    watcher.flags.accept(outcome.flags, fault: outcome.fault)
    try watcher.checkEnd()
    let isFound = readings.contains { $0.reading.adoption != nil }
    if !isFound { try enter() }
    return isFound
  }

  /// Adopts what others wrote, as it was read last.
  func adopt() throws(FlagStoreError) {
    try enter()
    try tolerant("recorded") { () throws(FlagStoreError) in try record() }
  }

  private func enter() throws(FlagStoreError) {
    try tolerant("registered") { () throws(FlagStoreError) in try register() }
  }

  /// Whoever may only read, as on a replica, decides by what is there all the same.
  private func tolerant(_ what: String, _ body: () throws(FlagStoreError) -> Void) throws(FlagStoreError) {
    do throws(FlagStoreError) { try body() } catch {
      guard case .refused = error else { throw error }
      if refusals.insert(what).inserted { watcher.logger.warning("\(error); nothing is \(what) in the store") }
    }
  }

  func read() throws(FlagStoreError) -> Outcome {
    let names = watcher.flags.names
    let replies = try call { () throws(RedisError) in
      try asking.pipeline(names.flatMap { StoredFlag.reading($0, keys) })
    }
    var outcome = Outcome(flags: StoredFlags(flags: [], storeID: storeID))
    readings = []
    for (index, name) in names.enumerated() {
      let flag = known.first { $0.name == name }
      do throws(FlagStoreError) {
        let count = StoredFlag.commandsPerFlag
        let stored = try StoredFlag(name, replies[index * count..<(index + 1) * count], keys, place: watcher.place)
        let initial = watcher.initial.flag(named: name)
        let reading = try stored.read(
          StoredFlag.Known(flag: flag, isOtherServer: isOtherServer, initial: initial), place: watcher.place)
        readings.append((stored, reading))
        outcome.flags.flags.append(reading.flag)
        known.removeAll { $0.name == name }
        known.append(reading.flag)
      } catch {
        outcome.fault = outcome.fault ?? error
        let present = watcher.flags.stored.first { $0.name == name }
        outcome.flags.flags.append(flag ?? present ?? watcher.initial.flag(named: name))
      }
    }
    if outcome.fault == nil { isOtherServer = false }
    return outcome
  }

  private func record() throws(FlagStoreError) {
    for (stored, reading) in readings {
      guard let adoption = reading.adoption else { continue }
      try watcher.checkEnd()
      let entry = AuditEntry(adopted: reading.flag, adoption)
      _ = try call { () throws(RedisError) in
        try stored.replace(with: reading.flag, writes: false, audited: entry, keys, on: &asking)
      }
    }
  }

  // MARK: Its memory

  /// Nil where we may not ask, which is nobody's fault: then nothing is known.
  func memory() throws(FlagStoreError) -> StoreMemory? {
    try call { () throws(RedisError) in try Self.info("memory", of: &asking) }.flatMap { StoreMemory(info: $0) }
  }

  // MARK: The register

  private func register() throws(FlagStoreError) {
    guard let member else { return }
    let commands = FleetRegister.entering(watcher.present(member()), keys)
    let replies = try call { () throws(RedisError) in try asking.pipeline(commands) }
    if let refusal = replies.compactMap(\.failure).first {
      throw FlagStoreError(.refused(refusal), place: watcher.place)
    }
  }

  /// At the end; whether it succeeds does not matter, since entries expire.
  func leave() {
    guard let member else { return }
    _ = try? asking.pipeline(FleetRegister.leaving(member().id, keys))
  }

  private func call<Result>(_ body: () throws(RedisError) -> Result) throws(FlagStoreError) -> Result {
    try Self.attempt(watcher.place, body)
  }

  private static func attempt<Result: ~Copyable>(
    _ place: String, _ body: () throws(RedisError) -> Result
  ) throws(FlagStoreError) -> Result {
    do throws(RedisError) { return try body() } catch { throw FlagStoreError(error, place: place) }
  }
}
