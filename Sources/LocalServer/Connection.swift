/// A client's socket and what is said on it.
final class Connection {
  let descriptor: Int32
  /// Tells this connection from an earlier or later one in the same slot.
  let serial: UInt32
  let session: Session
  /// What edge-triggered events and transfers tell of the socket.
  var mayRead = false
  var mayWrite = true
  /// Its session goes on at a moment that the delay queue knows.
  var isPausing = false
  /// The answer that it waits for; nothing is read meanwhile.
  var awaited: DeferredResponse?
  /// What it listens to.
  var feed: Feed?
  /// It did not take what was posted.
  var isTooSlow = false
  /// Our side is closed, the client's not yet.
  var isLingering = false
  /// Dropped while lingering.
  var drainedBytes = 0

  init(descriptor: Int32, serial: UInt32, session: Session) {
    self.descriptor = descriptor
    self.serial = serial
    self.session = session
  }

  static func token(index: Int, serial: UInt32) -> UInt64 { UInt64(serial) << 32 | UInt64(index) }

  static func place(of token: UInt64) -> (index: Int, serial: UInt32) {
    (Int(token & 0xFFFF_FFFF), UInt32(token >> 32))
  }
}
