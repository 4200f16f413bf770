import Bytes
import TestSupport
import Testing

@Suite struct StreamBufferTests {
  @Test("Whatever is called in whatever order, a buffer holds what arrays would hold")
  func model() {
    var seeds = SeededGenerator(named: "StreamBufferTests.model")
    for _ in 0..<2_000 {
      let seed = seeds.next()
      let run = BufferRun(seed: seed)
      for _ in 0..<60 where !run.step() {
        Issue.record("seed \(seed): \(run.history.joined(separator: ", "))")
        return
      }
    }
  }

  @Test("A request is sent on in place: its new head directly in front of the body, both in one piece")
  func rewriting() {
    withBuffer(capacity: 64, headroom: 16) { buffer in
      #expect(receive("old head|body|next", into: &buffer) == true)
      #expect(replaceHead("a much longer head|", consumed: 9, of: &buffer) == true)
      buffer.passThrough(5)
      #expect(string(buffer.ready) == "a much longer head|body|")
      #expect(string(buffer.received) == "next")
    }
  }

  @Test("A head that does not fit before the body, or comes while bytes wait, changes nothing")
  func noPlaceForHead() {
    withBuffer(capacity: 32, headroom: 4) { buffer in
      #expect(receive("head|body", into: &buffer) == true)
      #expect(replaceHead("0123456789", consumed: 5, of: &buffer) == false)
      #expect(string(buffer.received) == "head|body")
      #expect(replaceHead("012345678", consumed: 5, of: &buffer) == true)
      #expect(replaceHead("x", consumed: 0, of: &buffer) == false)
      #expect(string(buffer.ready) == "012345678")
    }
  }

  @Test("What is cut out between passed bytes is not sent")
  func gap() {
    withBuffer(capacity: 32, headroom: 0) { buffer in
      #expect(receive("5;ext\r\nhello", into: &buffer) == true)
      buffer.passThrough(1)
      buffer.skip(4)
      buffer.passThrough(7)
      #expect(string(buffer.ready) == "5\r\nhello")
      #expect(buffer.received.byteCount == 0)
    }
  }

  @Test("A whole request that was sent and dropped can be sent again")
  func sendingAgain() {
    withBuffer(capacity: 32, headroom: 8) { buffer in
      #expect(receive("request.next", into: &buffer) == true)
      buffer.passThrough(8)
      buffer.didSend(3)
      buffer.dropReady()
      #expect(buffer.readyCount == 0)
      buffer.unsend(8)
      #expect(string(buffer.ready) == "request.")
      #expect(string(buffer.received) == "next")
    }
  }

  @Test("A full buffer closes the gap between what is sent and what is not looked at, wherever the first begins")
  func roomInTheGap() {
    withBuffer(capacity: 16, headroom: 4) { buffer in
      #expect(receive("ab1234567cd!", into: &buffer) == true)
      buffer.passThrough(2)
      buffer.skip(7)
      #expect(buffer.freeCount == 0)
      buffer.makeRoom(headroom: 4)
      #expect(buffer.freeCount == 7)
      #expect(string(buffer.ready) == "ab")
      #expect(string(buffer.received) == "cd!")
    }
  }

  @Test("A buffer without memory takes and gives nothing")
  func unattached() {
    var buffer = StreamBuffer()
    #expect(buffer.isAttached == false)
    #expect(buffer.isEmpty == true)
    #expect(buffer.freeCount == 0)
    #expect(buffer.free.isEmpty)
    #expect(receive("x", into: &buffer) == false)
    #expect(receive("", into: &buffer) == true)
    #expect(replaceHead("x", consumed: 0, of: &buffer) == false)
    buffer.didReceive(3)
    buffer.passThrough(3)
    buffer.skip(3)
    buffer.didSend(3)
    buffer.unsend(3)
    buffer.dropReady()
    buffer.makeRoom(headroom: 8)
    buffer.compact(headroom: 8)
    #expect(buffer.isEmpty == true)
    #expect(buffer.ready.byteCount == 0)
    #expect(buffer.received.byteCount == 0)
    let detached = buffer.detach()
    #expect(detached.isAttached == false)
  }

  @Test("Detaching hands the memory over and leaves nothing behind")
  func detaching() {
    withBuffer(capacity: 16, headroom: 0) { buffer in
      let memory = buffer.free.baseAddress
      #expect(receive("abc", into: &buffer) == true)
      var detached = buffer.detach()
      detached.reset(headroom: 0)
      #expect(detached.free.baseAddress == memory)
      #expect(detached.isAttached == true)
      #expect(buffer.isAttached == false)
      #expect(buffer.isEmpty == true)
      #expect(buffer.capacity == 0)
      #expect(buffer.freeCount == 0)
    }
  }

  private func withBuffer(capacity: Int, headroom: Int, _ body: (inout StreamBuffer) -> Void) {
    var buffer = StreamBuffer(capacity: capacity, headroom: headroom)
    body(&buffer)
  }

  private func receive(_ text: String, into buffer: inout StreamBuffer) -> Bool {
    buffer.receive(Array(text.utf8).span.bytes)
  }

  private func replaceHead(_ head: String, consumed: Int, of buffer: inout StreamBuffer) -> Bool {
    buffer.replaceHead(consumed: consumed, with: Array(head.utf8).span.bytes)
  }
}
