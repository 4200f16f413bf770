import Testing

@testable import Conversations

/// Lists, paths and values of other layouts.
@Suite struct MappingListTests {
  private static let firstThree = Mapping.of([Spec012.row("list", "state.list", value: "[]", take: .first(3))])
  private static let lastThree = Mapping.of([Spec012.row("list", "state.list", value: "[]", take: .last(3))])
  private static let items = Mapping.of([
    Spec012.row("items", "state.items", value: "[]", each: [Spec012.sub("id", "key"), Spec012.sub("n", "count")])
  ])

  @Test("the first of a list go over; the others come back behind a full list, once, and not behind a shorter one")
  func first() throws {
    let base = #"{"list":[1, 2,3,4 ,"5"]}"#
    #expect(try Self.firstThree.state(base) == #"{"list":[1,2,3]}"#)
    let expected = [
      ("[1,2.0,3e0]", base), ("[9,2,3]", #"{"list":[9, 2,3,4 ,"5"]}"#), ("[9,4,3]", #"{"list":[9,4,3,"5"]}"#),
      ("[1,2]", #"{"list":[1,2]}"#), ("[]", #"{"list":[]}"#), ("null", #"{"list":[]}"#), ("{}", #"{"list":[]}"#),
      ("[1,2,3,7]", base), ("[7,1,2,3]", #"{"list":[7,1,2,3]}"#),
    ]
    for (list, result) in expected {
      #expect(try Self.firstThree.back(#"{"list":\#(list)}"#, into: base) == result)
    }
  }

  @Test("the last of a list go over; the others come back before a full list")
  func last() throws {
    let base = #"{"list":[1,2,3,4,5]}"#
    #expect(try Self.lastThree.state(base) == #"{"list":[3,4,5]}"#)
    let expected = [
      ("[3,4,5]", base), ("[4,5,6]", #"{"list":[1,2,4,5,6]}"#), ("[1,5,6]", #"{"list":[2,1,5,6]}"#),
      ("[5]", #"{"list":[5]}"#),
    ]
    for (list, result) in expected {
      #expect(try Self.lastThree.back(#"{"list":\#(list)}"#, into: base) == result)
    }
  }

  @Test("elements of a list are matched by their first member: equal ones keep their bytes, others change in place")
  func elements() throws {
    let base = #"{"items":[ {"id":"a","n":1,"x":{}} , {"n": 2, "id":"b"} ]}"#
    #expect(try Self.items.state(base) == #"{"items":[{"key":"a","count":1},{"key":"b","count":2}]}"#)
    let expected = [
      (#"[{"key":"a","count":1,"own":0},{"count":2,"key":"\u0062"}]"#, base),
      (
        #"[{"key":"a","count":1},{"key":"b","count":3}]"#,
        #"{"items":[ {"id":"a","n":1,"x":{}} , {"n": 3, "id":"b"} ]}"#
      ),
      (#"[{"key":"b","count":2},{"key":"a","count":4}]"#, #"{"items":[{"n": 2, "id":"b"},{"id":"a","n":4,"x":{}}]}"#),
      (#"[{"key":"c","count":9,"own":0}]"#, #"{"items":[{"id":"c","n":9}]}"#),
      (#"[{"key":"a"},{"key":"b","count":2}]"#, #"{"items":[ {"id":"a","n":null,"x":{}} , {"n": 2, "id":"b"} ]}"#),
    ]
    for (list, result) in expected { #expect(try Self.items.back(#"{"items":\#(list)}"#, into: base) == result) }
    #expect(
      try Self.items.back(#"{"items":[{"key":"a","count":1},{"key":"a","count":2}]}"#, into: #"{"items":[{"id":"a"}]}"#)
        == #"{"items":[{"id":"a","n":1},{"id":"a","n":2}]}"#)
  }

  @Test("a list of 20,000 elements in another order is matched without comparing each with each")
  func large() throws {
    let ids = (0..<20_000).map { "\($0)" }
    let base = #"{"items":[\#(ids.map { #"{"id":\#($0),"n":1,"x":0}"# }.joined(separator: ","))]}"#
    let state = #"{"items":[\#(ids.reversed().map { #"{"key":\#($0),"count":1}"# }.joined(separator: ","))]}"#
    let expected = ids.reversed().map { #"{"id":\#($0),"n":1,"x":0}"# }.joined(separator: ",")
    let start = ContinuousClock.now
    #expect(try Self.items.back(state, into: base) == #"{"items":[\#(expected)]}"#)
    #expect(start.duration(to: .now) < .seconds(5))
  }

  @Test("a list that PHP wrote as an object, because an element was removed, is a list")
  func gaps() throws {
    let base = #"{"items":{"1":{"id":"a","n":1},"3":{"id":"b","n":2}}}"#
    let state = #"{"items":[{"key":"a","count":1},{"key":"b","count":2}]}"#
    #expect(try Self.items.state(base) == state)
    #expect(try Self.items.back(state, into: base) == base)
    #expect(throws: MappingError.wrongType("items", found: "an object", expected: "a list")) {
      try Self.items.state(#"{"items":{"a":{"id":"a"}}}"#)
    }
  }

  @Test("an absent member is added only where the conversation means something else than its default")
  func absent() throws {
    let mapping = Mapping.of([
      Spec012.row("a.b", "state.x", value: "1"), Spec012.row("list", "state.list", value: "[]", take: .first(5)),
    ])
    for state in [#"{"x":1,"list":[]}"#, "{}", "[]", "null", #"{"x":null,"list":{}}"#, #"{"x":1.0}"#] {
      #expect(try mapping.back(state, into: #"{ "c":1}"#) == #"{ "c":1}"#)
    }
    #expect(try mapping.back(#"{"x":2,"list":[3]}"#, into: #"{ "c":1}"#) == #"{ "c":1,"a":{"b":2},"list":[3]}"#)
    #expect(try mapping.back(#"{"x":2}"#, into: #"{"a":{}}"#) == #"{"a":{"b":2}}"#)
    #expect(try mapping.back(#"{"x":2}"#, into: #"{"a":null}"#) == #"{"a":{"b":2}}"#)
    #expect(try mapping.back(#"{"x":2}"#, into: #"{"a":{"z":0}}"#) == #"{"a":{"z":0,"b":2}}"#)
    #expect(throws: MappingError.wrongType("what contains a.b", found: "no object", expected: "an object")) {
      try mapping.back(#"{"x":2}"#, into: #"{"a":[7]}"#)
    }
  }

  @Test("of members with equal names the last one counts and changes, its name escaped or not")
  func duplicates() throws {
    let mapping = Mapping.of([Spec012.row("caf\u{E9}/x", "state.x")])
    let base = #"{"café/x":1,"caf\u00e9\/x":2,"other":3}"#
    #expect(try mapping.state(base) == #"{"x":2}"#)
    #expect(try mapping.back(#"{"x":7,"x":8}"#, into: base) == #"{"café/x":1,"caf\u00e9\/x":8,"other":3}"#)
  }

  @Test("the whole state can be one member, and constants can name the user and the conversation")
  func wholeState() throws {
    let mapping = Mapping.of([
      Spec012.row("context", "state"), Spec012.row(nil, "meta.ids.user", value: #""{user}""#),
      Spec012.row(nil, "meta.ids.conversation", value: #""{id}""#),
    ])
    let parts = try mapping.forward(
      mapping.legacy(.json(Array(#"{"context":{"a":[1]}}"#.utf8)), user: Array("o\"x".utf8)), id: Mapping.id)
    #expect(parts.state?.text == #"{"a":[1]}"#)
    #expect(parts.meta.text == #"{"ids":{"user":"o\"x","conversation":"\#(Mapping.id.text)"}}"#)
    #expect(try mapping.back(#"{"a":[2]}"#, into: #"{ "context" : {"a":[1]} }"#) == #"{ "context" : {"a":[2]} }"#)
    for empty in ["null", "[]", "{}"] {
      #expect(try mapping.back(empty, into: #"{"context":[]}"#) == #"{"context":[]}"#)
    }
  }

  @Test("messages within the legacy value are read, and written where they differ")
  func messages() throws {
    let mapping = Mapping.of([], messages: "log.messages")
    let base = #"{"log":{"messages":[ {"role":"user"}, 7 ]}}"#
    let messages = try mapping.read(base).messages
    #expect(messages.map { String(decoding: $0.json, as: UTF8.self) } == [#"{"role":"user"}"#, "7"])
    #expect(try mapping.back("{}", into: base, history: messages) == base)
    let escaped = [Message(json: Array(#"{"role":"\u0075ser"}"#.utf8)), Message(json: Array("7.0".utf8))]
    #expect(try mapping.back("{}", into: base, history: escaped) == base)
    #expect(try mapping.back("{}", into: base, history: [messages[1]]) == #"{"log":{"messages":[7]}}"#)
    #expect(try mapping.back("{}", into: "{}", history: []) == "{}")
    #expect(throws: MappingError.wrongType("log.messages", found: "a text", expected: "a list of messages")) {
      try mapping.read(#"{"log":{"messages":"x"}}"#)
    }
  }
}
