import TestSupport
import Testing

@testable import Conversations

/// Random documents with random changes, with a seed that brings them back.
@Suite struct MappingPropertyTests {
  @Test("whatever is done to a conversation comes back through the legacy value, and nothing else in that changes")
  func thereAndBack() throws {
    var random = SeededGenerator(named: "MappingPropertyTests.thereAndBack")
    for _ in 0..<3_000 {
      let isClient = Bool.random(using: &random)
      let mapping = isClient ? Spec012.client : Spec012.admin
      let base = isClient ? Self.customer(&random) : Self.admin(&random)
      let legacy = try mapping.read(base)
      let parts = try mapping.forward(legacy, id: Mapping.id)
      #expect(try mapping.meaning(of: parts) == mapping.meaning(ofLegacy: legacy), "\(base)")
      #expect(
        try mapping.backward(parts, history: [], into: legacy.value, user: legacy.user) == legacy.value, "\(base)")

      // The changed conversation is what another context became.
      let other = try mapping.read(isClient ? Self.customer(&random) : Self.admin(&random))
      let changed = try mapping.forward(other, id: Mapping.id)
      let result = try mapping.backward(changed, history: [], into: legacy.value, user: legacy.user)
      let read = try mapping.legacy(result, user: legacy.user)
      #expect(try mapping.meaning(ofLegacy: read) == mapping.meaning(of: changed), "\(base) \(changed)")
      #expect(try Self.unmapped(result.text, mapping, since: base) == Self.unmapped(base, mapping, since: base))
      for other in [#""order":1"#, #""order":[1]"#] where base.contains(other) { #expect(result.text.contains(other)) }

      let merged = try mapping.forward(legacy, id: Mapping.id, into: changed)
      #expect(try mapping.meaning(of: merged) == mapping.meaning(ofLegacy: legacy), "\(base) \(changed)")
    }
  }

  @Test("bytes at random are mapped or refused; they never trap")
  func hostile() throws {
    var random = SeededGenerator(named: "MappingPropertyTests.hostile")
    for _ in 0..<5_000 {
      let mapping = Bool.random(using: &random) ? Spec012.client : Spec012.admin
      var texts = [
        Documents.customer, Documents.admin, Documents.customerState, Documents.adminState, Documents.adminMeta,
      ]
      .map { Array($0.utf8) }
      for index in texts.indices {
        for _ in 0..<Int.random(in: 0..<4, using: &random) {
          let place = Int.random(in: 0..<texts[index].count, using: &random)
          let bytes = Array(#"{}[]",:\u0-e.9"#.utf8) + [0xFF]
          switch Int.random(in: 0..<3, using: &random) {
          case 0: texts[index][place] = bytes.one(&random)
          case 1: texts[index].remove(at: place)
          default: texts[index].removeSubrange(place..<min(place + 20, texts[index].count))
          }
        }
      }
      let values = texts.map { StoredDocument.json($0) }
      let parts = MappedParts(state: values[Int.random(in: 2..<4, using: &random)], meta: values[4])
      for base in values[..<2] {
        _ = mapping.fit(base)
        if let back = try? mapping.backward(parts, history: [], into: base, user: Mapping.user) {
          #expect(mapping.fit(back) == .fits, "\(back)")
        }
        if let legacy = try? mapping.legacy(base, user: Mapping.user) {
          _ = try? mapping.forward(legacy, id: Mapping.id, into: parts)
        }
      }
      _ = try? mapping.meaning(of: parts)
    }
  }

  // MARK: Documents

  private static func customer(_ random: inout SeededGenerator) -> String {
    let items = (0..<Int.random(in: 0..<4, using: &random)).map { _ in
      let id = ["a\\/1", "a/1", "caf\\u00e9", "b", "c"].one(&random)
      let note = Bool.random(using: &random) ? #","note" :{ }"# : ""
      return #"{"product_id":"\#(id)","quantity":\#(Int.random(in: 1..<4, using: &random))\#(note)}"#
    }
    let products = (0..<Int.random(in: 0..<8, using: &random)).map { _ in
      ["17", "17.0", #""a""#, #""\u00e9""#, #""é""#, "18", "19", "20", "21"].one(&random)
    }
    return document(
      [
        ("selectedProducts", "[\(products.joined(separator: ", "))]"),
        ("cartSnapshot", "[\(items.joined(separator: " ,"))]"),
        ("language", [#""es""#, #""en""#].one(&random)),
      ], of: "userId", type: #"App\\Domain\\ValueObject\\CustomerConversationContext"#, &random)
  }

  private static func admin(_ random: inout SeededGenerator) -> String {
    let actions = (0..<Int.random(in: 0..<3, using: &random)).map { _ in
      let type = ["create_product", "update_stock", "x"].one(&random)
      let data = ["[]", #"{"a":1}"#, #"{"a" : {"b":"\/"}}"#, "null"].one(&random)
      let extra = Bool.random(using: &random) ? #","by":"x""# : ""
      return #"{"type":"\#(type)","data":\#(data),"addedAt":\#(time(&random))\#(extra)}"#
    }
    let products = (0..<Int.random(in: 0..<3, using: &random)).map { "\($0 * 3)" }
    let entities = ["[]", #"{"order":[1] }"#, #"{"product":[\#(products.joined(separator: ","))],"order":1}"#]
    return document(
      [
        ("activeEntities", entities.one(&random)),
        ("pendingActions", "[\(actions.joined(separator: ","))]"),
        ("timePeriod", ["null", #""this_week""#].one(&random)),
      ], of: "adminId", type: #"App\\Domain\\ValueObject\\AdminConversationContext"#, &random)
  }

  private static func time(_ random: inout SeededGenerator) -> String {
    let second = Int.random(in: 10..<60, using: &random)
    return ["\"2026-03-01T09:03:\(second)Z\"", "\"2026-03-01T10:03:\(second).5+01:00\""].one(&random)
  }

  /// Members in random order, optional ones at random, with white space and others between.
  private static func document(
    _ members: [(String, String)], of owner: String, type: String, _ random: inout SeededGenerator
  ) -> String {
    var all = members.filter { _ in Int.random(in: 0..<4, using: &random) > 0 }
    if Bool.random(using: &random) { all.append(("turnCount", "\(Int.random(in: 1..<9, using: &random))")) }
    if Bool.random(using: &random) { all.append(("lastTool", [#""Add""#, "null"].one(&random))) }
    if Bool.random(using: &random) { all.append(("own \\/", #"{ "x" : [1 , 2] }"#)) }
    all += [
      (owner, #""u""#), ("flow", [#""a""#, #""b""#].one(&random)), ("createdAt", time(&random)),
      ("updatedAt", time(&random)), ("_context_type", "\"\(type)\""),
    ]
    let spaces = ["", " ", "\n\t"]
    return "{"
      + all.shuffled(using: &random).map {
        "\(spaces.one(&random))\"\($0)\"\(spaces.one(&random)):\($1)"
      }.joined(separator: ",") + "}"
  }

  /// The document with `#` for its mapped values, and without the members that the base does not have.
  private static func unmapped(_ document: String, _ mapping: Mapping, since base: String) throws -> String {
    let bytes = Array(document.utf8)
    let known = Set(mapping.members.compactMap { $0.legacy?.first })
    var (result, end) = ("", 0)
    for (name, value) in try JSONScanner.members(of: bytes)
    where known.contains(Array(bytes[name].dropFirst().dropLast())) {
      result += String(decoding: bytes[end..<value.lowerBound], as: UTF8.self) + "#"
      end = value.upperBound
    }
    result += String(decoding: bytes[end...], as: UTF8.self)
    for name in known.map({ "\"\(String(decoding: $0, as: UTF8.self))\"" }) where !base.contains(name) {
      result = result.replacing(",\(name):#", with: "")
    }
    return result
  }
}

extension Array {
  fileprivate func one(_ random: inout SeededGenerator) -> Element { self[Int.random(in: indices, using: &random)] }
}
