import Concurrency
import Testing

@Suite struct PublishedTests {
  /// A snapshot that knows its number.
  private final class Snapshot: Sendable {
    let number: Int

    init(_ number: Int) { self.number = number }
  }

  @Test("The first value is there at once, and a reader that has seen nothing finds it new")
  func first() {
    let published = Published(Snapshot(1))
    #expect(published.load().number == 1)
    #expect(published.version > 0)
  }

  @Test("Publishing changes the value and raises the version")
  func publish() {
    let published = Published(Snapshot(1))
    let before = published.version
    published.publish(Snapshot(2))
    #expect(published.load().number == 2)
    #expect(published.version == before + 1)
  }

  @Test("A replaced value goes when its last reader lets it go")
  func release() {
    let published = Published(Snapshot(1))
    var reader: Snapshot? = published.load()
    weak let replaced = reader
    published.publish(Snapshot(2))
    #expect(replaced?.number == 1)
    reader = nil
    #expect(replaced == nil)
  }

  @Test("Readers never see an older value after a newer one, nor one older than the version they saw")
  func monotone() {
    let last = 20_000
    // Snapshot n is published as version n.
    let published = Published(Snapshot(1))
    let reader: @Sendable () -> Void = {
      var seenVersion: UInt64 = 0
      var number = 0
      while number < last {
        let version = published.version
        #expect(version >= seenVersion)
        guard version != seenVersion else { continue }
        seenVersion = version
        let loaded = published.load().number
        #expect(loaded >= number)
        #expect(loaded >= version)
        number = loaded
      }
    }
    onThreads([
      { for number in 2...last { published.publish(Snapshot(number)) } }, reader, reader,
    ])
    #expect(published.load().number == last)
    #expect(published.version == UInt64(last))
  }
}
