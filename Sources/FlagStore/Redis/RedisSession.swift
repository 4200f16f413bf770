import Flags
internal import Glibc
internal import Logging
internal import Reactor
internal import Redis

/// The watcher's two connections, from connecting to the first error. Only the watcher's thread uses it.
final class RedisSession {
  private let watcher: RedisWatcher
  /// This proxy's entry in the register; nil for a session that only reads.
  private let member: (@Sendable () -> FleetMember)?
  private let keys: RedisKeys
  /// Identifies this run of the server; nil without the right to ask.
  private let storeID: String?
  private var commands: RedisConnection
  private var notifications: RedisConnection?
  let notificationDescriptor: Int32
  /// The flags in force when the session began came from another run of the server.
  private var isOtherServer: Bool
  /// The flags that were read last, here or before.
  private var known: [Flag]
  /// What the server has refused; each is logged once.
  private var refusals: Set<String> = []
  private var readings: [(stored: StoredFlag, reading: StoredFlag.Reading)] = []

  /// The result of a read: the flags to decide by, and the first error; a flag with an error stays as it was.
  struct Outcome {
    var flags: StoredFlags
    var error: FlagStoreError?

    func orThrow() throws(FlagStoreError) -> StoredFlags {
      if let error { throw error }
      return flags
    }
  }

  init(_ watcher: RedisWatcher, saved: LastGood?, member: (@Sendable () -> FleetMember)?) throws(FlagStoreError) {
    self.watcher = watcher
    self.member = member
    keys = watcher.keys
    let place = watcher.place
    var commands = try Self.attempt(place) { () throws(RedisError) in try watcher.settings.connect(as: "turnout") }
    try watcher.checkEnd()
    storeID = try Self.attempt(place) { () throws(RedisError) in try Self.runID(of: &commands) }
    try watcher.checkEnd()
    if member != nil {
      let notifications = try Self.attempt(place) { () throws(RedisError) in
        try Self.listen(watcher.settings, watcher.keys, commands: &commands, watcher)
      }
      notificationDescriptor = notifications.descriptor
      self.notifications = consume notifications
    } else {
      notificationDescriptor = -1
    }
    self.commands = consume commands
    known = saved?.flags ?? watcher.flags.storedHere
    let lastID = saved?.storeID ?? watcher.flags.storeID
    isOtherServer = lastID != nil && storeID != nil && lastID != storeID
  }

  // MARK: Notifications

  /// At most so many messages are taken before the flags are read again.
  private static let messagesPerTurn = 1_000

  /// Takes the messages that have arrived. True: a flag has changed.
  func takeMessages() throws(FlagStoreError) -> Bool {
    var (count, isTouched) = (0, false)
    try call { () throws(RedisError) in
      while count < Self.messagesPerTurn, let message = try notifications?.nextMessage() {
        count += 1
        if isAboutFlag(message) { isTouched = true }
      }
    }
    return isTouched
  }

  /// Adoption changes a record alone, and everyone already decides by its value, so the next poll is soon enough: if the
  /// whole fleet read again at once, the first proxies would delay the last.
  private func isAboutFlag(_ message: RedisReply) -> Bool {
    guard let parts = message.elements, parts.count == 3, parts[1].text == Self.invalidation,
      let touched = parts[2].elements
    else { return true }
    return !touched.allSatisfy { keys.isRecord($0.value ?? []) }
  }

  // MARK: Reading

  /// Reads all flags at once and publishes what is new. True: there is a foreign change, and `adopt` follows later.
  /// Otherwise the register is updated at once, because a command may wait for that.
  func takeOver() throws(FlagStoreError) -> Bool {
    let outcome = try read()
    watcher.flags.accept(outcome.flags, error: outcome.error)
    try watcher.checkEnd()
    let isFound = readings.contains { $0.reading.adoption != nil }
    if !isFound { try register() }
    return isFound
  }

  /// Adopts foreign changes as they were read last.
  func adopt() throws(FlagStoreError) {
    try register()
    try tolerant("recorded") { () throws(FlagStoreError) in try record() }
  }

  private func register() throws(FlagStoreError) {
    try tolerant("registered") { () throws(FlagStoreError) in try writeRegister() }
  }

  /// A user who may only read, as on a replica, decides by the flags all the same.
  private func tolerant(_ what: String, _ body: () throws(FlagStoreError) -> Void) throws(FlagStoreError) {
    do throws(FlagStoreError) { try body() } catch {
      guard case .refused = error else { throw error }
      if refusals.insert(what).inserted { watcher.logger.warning("\(error); nothing is \(what) in the store") }
    }
  }

  func read() throws(FlagStoreError) -> Outcome {
    let names = watcher.flags.names
    let replies = try call { () throws(RedisError) in
      try commands.pipeline(names.flatMap { StoredFlag.reading($0, keys) })
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
          StoredFlag.Fallback(flag: flag, isOtherServer: isOtherServer, initial: initial), place: watcher.place)
        readings.append((stored, reading))
        outcome.flags.flags.append(reading.flag)
        known.removeAll { $0.name == name }
        known.append(reading.flag)
      } catch {
        outcome.error = outcome.error ?? error
        let present = watcher.flags.stored.first { $0.name == name }
        outcome.flags.flags.append(flag ?? present ?? watcher.initial.flag(named: name))
      }
    }
    if outcome.error == nil { isOtherServer = false }
    return outcome
  }

  private func record() throws(FlagStoreError) {
    for (stored, reading) in readings {
      guard let adoption = reading.adoption else { continue }
      try watcher.checkEnd()
      let entry = AuditEntry(adopted: reading.flag, adoption)
      _ = try call { () throws(RedisError) in
        try stored.replace(with: reading.flag, writes: false, audited: entry, keys, on: &commands)
      }
    }
  }

  // MARK: Memory

  /// Nil without the right to ask.
  func memory() throws(FlagStoreError) -> StoreMemory? {
    try call { () throws(RedisError) in try Self.info("memory", of: &commands) }.flatMap { StoreMemory(info: $0) }
  }

  // MARK: The register

  private func writeRegister() throws(FlagStoreError) {
    guard let member else { return }
    let entry = FleetRegister.registration(watcher.present(member()), keys)
    let replies = try call { () throws(RedisError) in try commands.pipeline(entry) }
    if let refusal = replies.compactMap(\.failure).first {
      throw FlagStoreError(.refused(refusal), place: watcher.place)
    }
  }

  /// At the end. A failure does not matter, since entries expire.
  func leave() {
    guard let member else { return }
    _ = try? commands.pipeline(FleetRegister.removal(member().id, keys))
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

// The start of a session.
extension RedisSession {
  /// The channel on which the server reports changed keys (CLIENT TRACKING).
  static let invalidation = "__redis__:invalidate"

  /// Identifies this run of the server; nil without the right to ask.
  static func runID(of connection: inout RedisConnection) throws(RedisError) -> String? {
    let line = try info("server", of: &connection)?.split(whereSeparator: \.isNewline).first { $0.hasPrefix("run_id:") }
    return line.map { String($0.dropFirst(7)) }
  }

  /// A section of INFO; nil without the right to ask.
  static func info(_ section: RedisWord, of connection: inout RedisConnection) throws(RedisError) -> String? {
    do throws(RedisError) { return try connection.command("INFO", section).text ?? "" } catch {
      guard case .refused = error else { throw error }
      return nil
    }
  }

  /// Subscribes a new connection to changes and has the server report them there.
  static func listen(
    _ settings: RedisFlagLocation, _ keys: RedisKeys, commands: inout RedisConnection, _ watcher: RedisWatcher
  ) throws(RedisError) -> RedisConnection {
    var notifications = try settings.connect(as: "turnout-told")
    if watcher.isEnding { throw .closed(place: watcher.place) }
    let id = try notifications.command("CLIENT", "ID").integer ?? 0
    try notifications.send("SUBSCRIBE", RedisWord(invalidation), keys.changed)
    try confirm(&notifications)
    if watcher.isEnding { throw .closed(place: watcher.place) }
    do throws(RedisError) {
      try commands.command("CLIENT", "TRACKING", "ON", "REDIRECT", RedisWord(id))
    } catch {
      guard case .refused = error else { throw error }
      watcher.logger.warning(
        "\(watcher.place) does not report changes (\(error)); those made without turnout are seen once a second")
    }
    return notifications
  }

  /// Messages before the subscription is confirmed are lost, so this waits for the confirmation.
  private static func confirm(_ notifications: inout RedisConnection) throws(RedisError) {
    let limit = Duration.nanoseconds(clamping: RedisConnection.defaultTimeout)
    let deadline = Deadline(after: limit)
    var confirmed = 0
    while confirmed < 2 {
      if let message = try notifications.nextMessage() {
        if let failure = message.failure { throw .refused(failure) }
        confirmed += 1
        continue
      }
      guard deadline.wait(for: POLLIN, on: notifications.descriptor) else {
        throw .timedOut(place: notifications.place, milliseconds: limit.milliseconds)
      }
    }
  }
}
