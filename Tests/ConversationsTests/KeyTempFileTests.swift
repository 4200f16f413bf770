import Testing

@testable import Conversations

@Suite("Keys that wait in a file")
struct KeySpoolTests {
  @Test("They come back in their order, whatever their bytes and lengths, and then no more")
  func order() throws {
    guard var spool = KeyTempFile() else {
      Issue.record("no file")
      return
    }
    let keys = (0..<20_000).map { [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: $0 % 40) }
    let large = [UInt8](repeating: 7, count: 300_000)
    var isWhole = true
    for key in keys + [large] where !spool.add(key) { isWhole = false }
    isWhole = spool.rewind() && isWhole
    let count = spool.count
    #expect(isWhole)
    #expect(count == 20_001)
    for key in keys + [large] {
      let found = spool.next()
      #expect(found == key)
    }
    let end = spool.next()
    #expect(end == nil)
  }

  @Test("One pattern of SCAN is for the keys of both roles")
  func pattern() {
    #expect(LegacyScan.pattern([.admin]) == "admin:context:*")
    #expect(LegacyScan.pattern(ContextRole.allCases).hasPrefix("[ca][hd][am][ti][:n]"))
    #expect(LegacyScan.pattern(ContextRole.allCases).hasSuffix("[rt]:*"))
  }
}
