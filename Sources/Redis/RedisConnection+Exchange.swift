internal import Glibc
internal import Reactor

extension RedisConnection {
  /// Writes `commands` and reads so many replies. Replies are read while commands are still being written, so that
  /// neither side waits for the other with full buffers.
  mutating func exchange(
    _ commands: [[RedisWord]], replies count: Int, _ deadline: Deadline
  ) throws(RedisError) -> [RedisReply] {
    guard isOpen else { throw .closed(place: place) }
    do throws(RedisError) {
      guard let bytes = CommandFormat.bytes(commands) else {
        throw .tooLarge(place: place, limit: CommandFormat.limit)
      }
      return try exchange(bytes, count, deadline)
    } catch {
      isOpen = false
      throw error
    }
  }

  private mutating func exchange(
    _ bytes: [UInt8], _ count: Int, _ deadline: Deadline
  ) throws(RedisError) -> [RedisReply] {
    var written = 0
    var replies: [RedisReply] = []
    while written < bytes.count || replies.count < count {
      var events: Int32 = 0
      let before = written
      if written < bytes.count { write(bytes, &written, &events) }
      let hasRead = replies.count < count ? try read(&replies, count, &events) : false
      if hasRead || written > before {
        if deadline.remaining == 0 { throw deadline.timeout(place) }
      } else if !deadline.wait(descriptor, events) {
        throw deadline.timeout(place)
      }
    }
    if !isSubscriber && reader.buffered > 0 {
      throw .protocolFault(place: place, reason: "bytes behind the last reply")
    }
    return replies
  }

  /// One write. When the peer has gone, the rest counts as written: reading finds the end, and before it perhaps the
  /// server's word why.
  private mutating func write(_ bytes: [UInt8], _ written: inout Int, _ events: inout Int32) {
    switch unsafe transport.write(bytes.span.bytes.extracting(written..<bytes.count)) {
    case .moved(let count): written += count
    case .waits(let event): events |= event
    case .ended: written = bytes.count
    }
  }

  /// One read and the replies in it, at most `count` in all. False when nothing has come.
  private mutating func read(
    _ replies: inout [RedisReply], _ count: Int, _ events: inout Int32
  ) throws(RedisError) -> Bool {
    switch try receive() {
    case .moved: break
    case .waits(let event):
      events |= event
      return false
    case .ended:
      // Redis says why it turns a client away, for instance that it has too many.
      if !isIntroduced, let text = replies.last?.failure { throw .refused(text) }
      throw .closed(place: place)
    }
    while replies.count < count, let reply = try parse() { replies.append(reply) }
    return true
  }

  private mutating func receive() throws(RedisError) -> Transport.Step {
    let step = transport.read(into: &chunk)
    guard case .moved(let count) = step else { return step }
    do throws(ReplyReader.Fault) { try reader.feed(chunk[..<count]) } catch { throw fault(error) }
    return step
  }

  private mutating func parse() throws(RedisError) -> RedisReply? {
    do throws(ReplyReader.Fault) { return try reader.next() } catch { throw fault(error) }
  }

  private func fault(_ fault: ReplyReader.Fault) -> RedisError {
    switch fault {
    case .malformed(let reason): .protocolFault(place: place, reason: reason)
    case .tooLarge: .tooLarge(place: place, limit: reader.limit)
    }
  }

  /// The next message that has arrived, or nil when there is none; it never waits. An error of the server, for instance
  /// about a channel that the user may not read, comes as `.error`.
  package mutating func nextMessage() throws(RedisError) -> RedisReply? {
    guard isOpen else { throw .closed(place: place) }
    do throws(RedisError) {
      while true {
        if let message = try parse() { return message }
        switch try receive() {
        case .moved: continue
        case .waits: return nil
        case .ended: throw .closed(place: place)
        }
      }
    } catch {
      isOpen = false
      throw error
    }
  }
}
