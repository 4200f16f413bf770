import Bytes
import Testing

@testable import Proxy

@Suite struct BufferPoolTests {
  @Test("A buffer that is lent is empty, with headroom and the size of the pool's buffers")
  func lending() {
    var pool = BufferPool(capacity: 1, bufferBytes: 8_192)
    var buffer = StreamBuffer()
    #expect(pool.attach(&buffer) == true)
    #expect(buffer.isAttached == true)
    #expect(buffer.isEmpty == true)
    #expect(buffer.capacity == 8_192)
    #expect(buffer.freeCount == 8_192 - BufferPool.headroom)
    pool.release(&buffer)
    #expect(buffer.isAttached == false)
  }

  @Test("A buffer that has memory keeps it, and its bytes")
  func keeping() {
    var pool = BufferPool(capacity: 1, bufferBytes: 8_192)
    var buffer = StreamBuffer()
    #expect(pool.attach(&buffer) == true)
    let fits = buffer.receive(Array("abc".utf8).span.bytes)
    #expect(pool.attach(&buffer) == true)
    #expect(fits)
    #expect(string(buffer.received) == "abc")
    pool.release(&buffer)
  }

  @Test("At the limit nothing is lent until something comes back")
  func limit() {
    var pool = BufferPool(capacity: 3, bufferBytes: 4_096)
    var buffers = Slab(capacity: 4) { _ in StreamBuffer() }
    for index in 0..<3 { #expect(pool.attach(&buffers[index]) == true) }
    let addresses = (0..<3).map { buffers[$0].free.baseAddress }
    #expect(Set(addresses).count == 3)
    #expect(pool.attach(&buffers[3]) == false)
    #expect(buffers[3].isAttached == false)
    pool.release(&buffers[1])
    #expect(pool.attach(&buffers[3]) == true)
    #expect(pool.attach(&buffers[1]) == false)
    for index in 0..<4 { pool.release(&buffers[index]) }
  }

  @Test("What came back last is lent next, without the bytes it held")
  func reuse() {
    var pool = BufferPool(capacity: 2, bufferBytes: 4_096)
    var first = StreamBuffer()
    var second = StreamBuffer()
    #expect(pool.attach(&first) == true)
    #expect(pool.attach(&second) == true)
    let addresses = [first.free.baseAddress, second.free.baseAddress]
    _ = second.receive(Array("secret".utf8).span.bytes)
    pool.release(&first)
    pool.release(&second)
    #expect(pool.attach(&first) == true)
    #expect(pool.attach(&second) == true)
    #expect([second.free.baseAddress, first.free.baseAddress] == addresses)
    #expect(first.isEmpty == true)
    #expect(second.isEmpty == true)
    pool.release(&first)
    pool.release(&second)
  }

  @Test("A buffer without memory has nothing to give back")
  func nothingToRelease() {
    var pool = BufferPool(capacity: 1, bufferBytes: 4_096)
    var empty = StreamBuffer()
    var buffer = StreamBuffer()
    var other = StreamBuffer()
    pool.release(&empty)
    #expect(pool.attach(&buffer) == true)
    #expect(pool.attach(&other) == false)
    pool.release(&buffer)
    pool.release(&buffer)
    #expect(pool.attach(&other) == true)
    #expect(pool.attach(&buffer) == false)
    pool.release(&other)
  }
}
