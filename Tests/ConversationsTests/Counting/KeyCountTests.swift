import Redis
import Testing

@testable import Conversations

@Suite("A walk over the keys, and what INFO says")
struct KeyCountTests {
  private var kinds: KeyKinds { get throws { KeyKinds(try Layout.named("turnout")) } }

  private func reply(_ cursor: String, _ keys: [String]) -> RedisReply {
    .array([.bytes(Array(cursor.utf8)), .array(keys.map { .bytes(Array($0.utf8)) })])
  }

  @Test("It goes on at the cursor that it was given, and ends at 0")
  func steps() throws {
    var count = KeyCount(try kinds)
    #expect(count.command.map(\.text) == ["SCAN", "0", "COUNT", "1000"])
    let isFirstTaken = count.take(reply("18446744073709551615", ["chat:customer:1", "other", "chat:customer:2"]))
    #expect(isFirstTaken)
    #expect(!count.isComplete)
    #expect(count.command.map(\.text) == ["SCAN", "18446744073709551615", "COUNT", "1000"])
    // A step may give nothing.
    let isSecondTaken = count.take(reply("3", []))
    #expect(isSecondTaken)
    #expect(!count.isComplete)
    let isLastTaken = count.take(reply("0", ["admin:context:1", "chat:customer:3"]))
    #expect(isLastTaken)
    #expect(count.isComplete)
    #expect(count.counts == [.legacyCustomer: 3, .legacyAdmin: 1])
  }

  @Test(
    "What is no answer to SCAN changes nothing",
    arguments: [
      .error("NOPERM no"), .null, .status("OK"), .integer(0), .array([]), .array([.bytes([0x30])]),
      .array([.integer(0), .array([])]), .array([.bytes([0x30]), .null]),
      .array([.bytes([0x30]), .array([]), .array([])]),
    ] as [RedisReply])
  func malformed(reply: RedisReply) throws {
    var count = KeyCount(try kinds)
    let isTaken = count.take(reply)
    #expect(!isTaken)
    let empty = KeyCount(try kinds)
    #expect(count == empty)
  }

  @Test("A key that is no text is no key of a context")
  func binary() throws {
    var count = KeyCount(try kinds)
    let keys: [RedisReply] = [.bytes([0xFF, 0]), .bytes(Array("chat:customer:".utf8) + [0xFF]), .null, .integer(1)]
    let isTaken = count.take(.array([.bytes([0x30]), .array(keys)]))
    #expect(isTaken)
    #expect(count.counts.isEmpty)
  }

  @Test("Memory and keys are read from INFO")
  func info() {
    let text = """
      # Memory\r
      used_memory:1048576\r
      used_memory_human:1.00M\r
      # Keyspace\r
      db0:keys=12,expires=3,avg_ttl=0\r
      db10:keys=7,expires=0,avg_ttl=0,subexpiry=0\r
      """
    let found = RedisInfo(text)
    #expect(found.usedMemoryBytes == 1_048_576)
    #expect(found.keys(inDatabase: 0) == 12)
    #expect(found.keys(inDatabase: 10) == 7)
    #expect(found.keys(inDatabase: 1) == 0, "an empty database has no line")
    for broken in ["", "used_memory", "used_memory:many\ndb0:expires=1", "db0:keys=x"] {
      #expect(RedisInfo(broken).usedMemoryBytes == nil, "\(broken)")
    }
    #expect(RedisInfo("db0:keys=x").keys(inDatabase: 0) == nil)
  }
}
