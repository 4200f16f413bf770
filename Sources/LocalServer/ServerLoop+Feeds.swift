internal import Bytes
internal import Reactor

// Feeds: what is posted to one goes to every connection that listens to it.
extension ServerLoop {
  /// What the kernel may hold of a feed for one connection, beside what we do; it takes twice as much. By itself it
  /// would go up to some megabytes.
  private static let sendBuffer: Int32 = 65_536

  /// The response as it is given: a feed has room for so many.
  func admit(_ response: Response, _ index: Int, _ connection: Connection) -> Response {
    guard case .feed(let feed, _) = response.body, !connection.session.context.isHead else { return response }
    guard audience.values.reduce(0, { $0 + $1.listeners.count }) < limits.listeners else {
      feed.refuse()
      return .refusal(503, "Too many listen already; close a page that is open elsewhere.")
    }
    // Those who listen already get what was posted until now, this one what is posted from now on.
    distribute(feed)
    connection.feed = feed
    audience[ObjectIdentifier(feed), default: (feed, [])].listeners.append(index)
    Socket.limitSendBuffer(connection.descriptor, bytes: Self.sendBuffer)
    let wakeup = control.wakeup
    feed.begin { wakeup.wake() }
    return response
  }

  /// Takes up what was posted to all feeds.
  func distribute() {
    for (feed, _) in audience.values { distribute(feed) }
  }

  private func distribute(_ feed: Feed) {
    let bytes = feed.takePosted()
    guard !bytes.isEmpty, let listeners = audience[ObjectIdentifier(feed)]?.listeners else { return }
    for index in listeners { post(bytes, to: index) }
  }

  private func post(_ bytes: [UInt8], to index: Int) {
    guard let connection = connections[index] else { return }
    guard connection.session.post(bytes) else {
      connection.isTooSlow = true
      return close(index, resets: true)
    }
    advance(index)
  }

  /// Waits until something is posted. What the client says meanwhile is dropped; when it goes away, so do we.
  func attend(_ index: Int, _ connection: Connection) {
    drain(index, connection)
    guard connections[index] != nil else { return }
    timeouts.armUnlessRunning(index, kind: ServerTimeout.heartbeat.rawValue, now: now)
  }

  func beat(_ index: Int) {
    guard let connection = connections[index], let feed = connection.feed else { return }
    if !feed.heartbeat.isEmpty { return post(feed.heartbeat, to: index) }
    advance(index)
  }

  /// The connection closes.
  func stopListening(_ index: Int, _ connection: Connection) {
    guard let feed = connection.feed else { return }
    connection.feed = nil
    let key = ObjectIdentifier(feed)
    audience[key]?.listeners.removeAll { $0 == index }
    if audience[key]?.listeners.isEmpty == true { audience[key] = nil }
    feed.end(tooSlow: connection.isTooSlow)
  }
}
