internal import Reactor

// Deferred answers: a connection waits for a letter with its ticket, and reads nothing meanwhile.
extension ServerLoop {
  /// True: the response is there, and the connection goes on.
  func takeUp(_ reply: Reply, _ index: Int, _ connection: Connection) -> Bool {
    switch reply {
    case .now(let response): connection.session.answer(admit(response, index, connection))
    case .later(let deferred):
      let ticket = Connection.token(index: index, serial: connection.serial)
      guard let response = deferred.await(in: control.mailbox, ticket: ticket) else {
        connection.awaited = deferred
        timeouts.arm(index, kind: ServerTimeout.answer.rawValue, now: now)
        return false
      }
      connection.session.answer(admit(response, index, connection))
    }
    return true
  }

  func deliver() {
    for letter in control.mailbox.takeAll() {
      let (index, serial) = Connection.place(of: letter.ticket)
      // A letter that comes at the moment of the deadline finds the connection answered already.
      guard connections.indices.contains(index), let connection = connections[index], connection.serial == serial,
        connection.awaited != nil
      else { continue }
      connection.awaited = nil
      timeouts.disarm(index)
      connection.session.answer(admit(letter.response, index, connection))
      advance(index)
    }
  }

  /// The deadline of the answer has passed.
  func stopAwaiting(_ connection: Connection) {
    connection.awaited?.abandon()
    connection.awaited = nil
  }
}
