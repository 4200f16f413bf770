internal import Reactor

// Responses that come later, and feeds.
extension ServerLoop {
  /// Begins the response if it is there. False: the connection waits for it and reads nothing meanwhile.
  func begin(_ reply: Reply, _ index: Int, _ connection: Connection) -> Bool {
    switch reply {
    case .now(let response): begin(response, index, connection)
    case .later(let deferred):
      let token = Connection.token(index: index, serial: connection.serial)
      guard let response = deferred.await(in: control, connection: token) else {
        connection.awaited = deferred
        timeouts.arm(index, kind: ServerTimeout.response.rawValue, now: now)
        return false
      }
      begin(response, index, connection)
    }
    return true
  }

  /// Passes completed responses to the connections that wait for them.
  func deliverCompleted() {
    for (token, response) in control.takeCompleted() {
      let (index, serial) = Connection.slot(of: token)
      // A response that is completed at the moment of the timeout finds the connection answered already.
      guard connections.indices.contains(index), let connection = connections[index], connection.serial == serial,
        connection.awaited != nil
      else { continue }
      connection.awaited = nil
      timeouts.disarm(index)
      begin(response, index, connection)
      advance(index)
    }
  }

  func stopAwaiting(_ connection: Connection) {
    connection.awaited?.abandon()
    connection.awaited = nil
  }

  // MARK: Feeds

  /// Bytes of a feed that the kernel may hold for one connection; it takes twice as much. Its own limit would be some
  /// megabytes.
  private static let sendBuffer: Int32 = 65_536

  /// Begins a response; one with a feed subscribes the connection, up to `ServerLimits.subscribers`.
  private func begin(_ response: Response, _ index: Int, _ connection: Connection) {
    guard case .feed(let feed, _) = response.body, !connection.session.context.isHead else {
      return connection.session.respond(response)
    }
    guard subscriptions.values.reduce(0, { $0 + $1.connections.count }) < limits.subscribers else {
      feed.countRefusal()
      return connection.session.respond(
        .refusal(503, "Too many event streams are open; close a dashboard that is open elsewhere."))
    }
    // Posts up to now go to the earlier subscribers only.
    distribute(feed)
    connection.feed = feed
    subscriptions[ObjectIdentifier(feed), default: (feed, [])].connections.append(index)
    Socket.limitSendBuffer(connection.descriptor, bytes: Self.sendBuffer)
    let wakeup = control.wakeup
    feed.subscribe { wakeup.wake() }
    connection.session.respond(response)
  }

  /// Sends what was posted to all feeds.
  func distributePosts() {
    for (feed, _) in subscriptions.values { distribute(feed) }
  }

  private func distribute(_ feed: Feed) {
    let bytes = feed.takePosted()
    guard !bytes.isEmpty, let indices = subscriptions[ObjectIdentifier(feed)]?.connections else { return }
    for index in indices { post(bytes, to: index) }
  }

  private func post(_ bytes: [UInt8], to index: Int) {
    guard let connection = connections[index] else { return }
    guard connection.session.post(bytes) else {
      connection.isTooSlow = true
      return close(index, resets: true)
    }
    advance(index)
  }

  /// Waits for posts. What the client sends meanwhile is dropped; when it leaves, the connection closes.
  func awaitPosts(_ index: Int, _ connection: Connection) {
    drain(index, connection)
    guard connections[index] != nil else { return }
    timeouts.armUnlessRunning(index, kind: ServerTimeout.heartbeat.rawValue, now: now)
  }

  func sendHeartbeat(_ index: Int) {
    guard let connection = connections[index], let feed = connection.feed else { return }
    if !feed.heartbeat.isEmpty { return post(feed.heartbeat, to: index) }
    advance(index)
  }

  /// Ends the subscription of a connection that closes.
  func unsubscribe(_ index: Int, _ connection: Connection) {
    guard let feed = connection.feed else { return }
    connection.feed = nil
    let key = ObjectIdentifier(feed)
    subscriptions[key]?.connections.removeAll { $0 == index }
    if subscriptions[key]?.connections.isEmpty == true { subscriptions[key] = nil }
    feed.unsubscribe(tooSlow: connection.isTooSlow)
  }
}
