import Conversations
import Diagnostics
import Reactor
import Redis
import TestSupport
import Testing

@Suite("What inspect finds", .startsPrograms)
struct InspectTests {
  private static let id = "11111111-1111-4111-8111-111111111111"
  private let deadline = Deadline(after: .seconds(20))

  private func filled() throws -> RedisServer {
    let server = try RedisServer()
    for user in 1...30 {
      try server.cli("SET", "chat:customer:\(user)", #"{"messages":[{"content":"where is my order"}]}"#, "EX", "1000")
    }
    try server.cli("SET", "admin:context:7", "{}")
    for part in ["history", "state", "meta"] {
      let value = part == "history" ? #"[{"role":"user","content":"hello"}]"# : "{}"
      try server.cli("SET", "conversation:client:a:b:\(Self.id):\(part)", value, "EX", "50")
    }
    try server.cli("SET", "conversation:client:a:b:current", Self.id, "EX", "200000")
    try server.cli("SET", "session:1", "x")
    return server
  }

  @Test("counts keys by kind, how long they live, and names those that live for ever")
  func census() throws {
    let server = try filled()
    let reading = try ContextsState.read(try server.place(), try Layout.standard, rate: nil, deadline)
    let state = reading.state
    #expect(ContextKeyKind.allCases.map { state.keys($0) } == [30, 1, 1, 1, 1, 1])
    #expect(state.keys == 36)
    #expect(state.legacy.buckets == [0, 0, 0, 30, 0, 0, 0, 0])
    #expect(state.legacy.endless == 1)
    #expect(state.unified.buckets == [3, 0, 0, 0, 0, 0, 1, 0])
    #expect(state.unified.endless == 0)
    #expect(reading.census.endlessKeys == [Array("admin:context:7".utf8)])
    #expect(try #require(state.kinds["legacy_customer"]?.bytes) > 60)
    #expect(state.memory.used > 100_000)
  }

  @Test("goes no faster than it is told")
  func rate() throws {
    let server = try filled()
    let begin = ContinuousClock.now
    _ = try ContextsState.read(try server.place(), try Layout.standard, rate: 100, deadline)
    // 36 keys at 100 a second.
    #expect(ContinuousClock.now - begin >= .milliseconds(350))
  }

  @Test("shows messages of a sample, and says why a value cannot be read")
  func sample() throws {
    let server = try RedisServer()
    try server.cli("SET", "chat:customer:bad", "no JSON", "EX", "100")
    try server.cli("LPUSH", "chat:customer:list", "x")
    try server.cli("SET", "chat:customer:good", #"{"messages":[{"content":"one"},{"content":"two"}]}"#, "EX", "100")
    try server.cli("SETRANGE", "chat:customer:large", "1100000", "x")
    let place = try server.place()
    let census = try ContextsState.read(place, try Layout.standard, rate: nil, deadline).census
    let found = try ContextSample.read(place, try Layout.standard, census, count: 10, deadline)
    let texts = Dictionary(uniqueKeysWithValues: found.map { ($0.owner.user, $0.last) })
    #expect(texts.count == 4)
    #expect(texts["good"] == "two")
    #expect(texts["large"] == "1.0 MiB, not read")
    #expect(texts["bad"]?.contains("not a JSON object") == true)
    #expect(texts["list"] == "not a string")
    #expect(found.first { $0.owner.user == "good" }?.messages == 2)
  }

  @Test("masks users in every kind of key")
  func masks() throws {
    let kinds = KeyKinds(try Layout.standard)
    let keys = [
      "chat:customer:4711", "conversation:admin:a:b:\(Self.id):meta", "conversation:client:42:current", "other",
    ]
    #expect(
      keys.map { UserMask.text(key: Array($0.utf8), kinds) } == [
        "chat:customer:4***", "conversation:admin:a***:\(Self.id):meta", "conversation:client:4***:current", "other",
      ])
  }

  @Test("keeps the last five baselines, the latest first, and leaves alone what is none")
  func baselines() throws {
    let server = try RedisServer()
    let place = try server.place()
    #expect(try Baselines.read(place, deadline) == nil)
    var state = try ContextsState.read(place, try Layout.standard, rate: nil, deadline).state
    for number in 1...7 {
      state.at = "\(number)"
      try Baselines.store(state, place, deadline)
    }
    #expect(try Baselines.read(place, deadline)?.baselines.map(\.at) == ["7", "6", "5", "4", "3"])
    try server.cli("SET", Baselines.key, "something")
    #expect(throws: CheckError.self) { try Baselines.store(state, place, deadline) }
    #expect(try server.cli("GET", Baselines.key) == "something")
  }

  @Test("compares with day 0, however often preflight comes after it, until an operator chooses another")
  func dayZero() throws {
    let server = try RedisServer()
    let place = try server.place()
    var state = try ContextsState.read(place, try Layout.standard, rate: nil, deadline).state
    func store(_ at: String, _ percentage: Double, requests: Int = 1_000, chosen: Bool? = nil) throws -> Baselines {
      let cohort = Traffic.Cohort(requests: requests, errors: 0, created: 0, mean: 10)
      let none = Traffic.Cohort(requests: 0, errors: 0, created: 0)
      (state.at, state.isChosen) = (at, chosen)
      state.traffic = Traffic(flag: "F", percentage: percentage, seconds: 900, legacy: cohort, unified: none)
      return try Baselines.store(state, place, deadline)
    }
    #expect(try store("before, 10 %", 10).compared?.at == "before, 10 %")
    #expect(try store("quiet", 0, requests: 99).compared?.at == "quiet")
    #expect(try store("busy", 0).compared?.at == "busy")
    #expect(try store("busy again", 0).compared?.at == "busy")
    for number in 1...7 { #expect(try store("\(number)", 50).compared?.at == "busy") }
    #expect(try Baselines.read(place, deadline)?.baselines.map(\.at) == ["7", "6", "5", "4", "3", "busy"])
    #expect(try store("chosen", 50, chosen: true).compared?.at == "chosen")
    for number in 8...15 { #expect(try store("\(number)", 0).compared?.at == "chosen") }
    #expect(try store("chosen again", 0, chosen: true).baselines.filter { $0.isChosen == true }.count == 1)
    // Conversations were there: it was not day 0.
    try server.cli("SET", "conversation:client:a:\(Self.id):meta", "{}")
    state = try ContextsState.read(place, try Layout.standard, rate: nil, deadline).state
    #expect(try store("late", 0).baselines[0].isDayZero == false)
  }

  @Test("says where a user may not walk, and that nobody listens")
  func refused() throws {
    var options = RedisServerOptions()
    options.users = ["blind on >secret ~* +@all -scan"]
    let server = try RedisServer(options)
    let place = try server.place("blind:secret")
    let fault = #expect(throws: CheckError.self) {
      try ContextsState.read(place, try Layout.standard, rate: nil, deadline)
    }
    #expect(
      fault?.found.contains("NOPERM") == true,
      "\(String(describing: fault))")
    #expect(
      fault?.advice.contains("ACL SETUSER") == true,
      "\(String(describing: fault))")
    let dead = try deadPlace()
    #expect(throws: CheckError.self) { try ContextsState.read(dead, try Layout.standard, rate: nil, deadline) }
  }
}

@Suite("The bounds of the guide")
struct InspectBoundsTests {
  private func state(
    used: Int = 1_000_000, requests: Int = 1_000, errors: Int = 0, created: Int = 500, mean: Double = 20,
    p95: Double? = nil
  ) -> ContextsState {
    let cohort = Traffic.Cohort(requests: requests, errors: errors, created: created, mean: mean, p95: p95)
    let none = ContextsState.Lifetimes(buckets: [], endless: 0)
    return ContextsState(
      at: "2026-03-01T09:30:00Z",
      memory: ContextsState.Memory(used: used, peak: used, most: 0, fragmentation: 1), keys: 0, kinds: [:],
      legacy: none, unified: none,
      traffic: Traffic(flag: "F", percentage: 50, seconds: 900, legacy: cohort, unified: cohort))
  }

  struct Case: Sendable {
    var name: String
    var used = 1_000_000
    var requests = 1_000
    var errors = 0
    var created = 500
    var mean = 20.0
    var state: InspectBounds.State
  }

  private static let cases = [
    Case(name: "memory", used: 1_500_000, state: .within), Case(name: "memory", used: 1_500_001, state: .crossed),
    Case(name: "unified errors", errors: 10, state: .within), Case(name: "unified errors", errors: 11, state: .crossed),
    Case(name: "unified errors", requests: 99, errors: 99, state: .unknown),
    Case(name: "unified latency", mean: 120, state: .within), Case(name: "legacy latency", mean: 121, state: .crossed),
    Case(name: "unified latency", requests: 99, mean: 900, state: .unknown),
    Case(name: "unified created", created: 400, state: .within),
    Case(name: "unified created", created: 399, state: .crossed),
    Case(name: "unified created", requests: 199, created: 0, state: .unknown),
  ]

  @Test("are judged at their edges, and not by too little", arguments: cases)
  func edges(_ one: Case) throws {
    let now = state(
      used: one.used, requests: one.requests, errors: one.errors, created: one.created, mean: one.mean)
    let judgements = InspectBounds.judge(now, baseline: state())
    let found = try #require(judgements.first { $0.name == one.name })
    #expect(found.state == one.state, "\(found)")
    let sentence = InspectBounds.sentence(judgements, baseline: state())
    #expect(sentence.contains("bound of the guide is crossed: ") == (one.state == .crossed), "\(sentence)")
  }

  @Test("say nothing of latency and creation against a baseline of too few requests")
  func fewBefore() throws {
    var before = state(created: 25)
    before.traffic?.legacy.requests = 50
    before.traffic?.unified.requests = 49
    let judgements = InspectBounds.judge(state(created: 0), baseline: before)
    for name in ["legacy latency", "unified latency", "legacy created", "unified created"] {
      let found = try #require(judgements.first { $0.name == name })
      #expect(found.state == .unknown, "\(found)")
      #expect(found.text == "no baseline", "\(found)")
    }
  }

  @Test("name the guide's goal and alarm of latency beside mean and p95")
  func latency() throws {
    var before = state(mean: 20, p95: 45)
    before.traffic?.unified = Traffic.Cohort(requests: 0, errors: 0, created: 0)
    let judgements = InspectBounds.judge(state(mean: 81.5, p95: 44), baseline: before)
    let found = try #require(judgements.first { $0.name == "unified latency" })
    #expect(found.text == "+61.5 ms, p95 -1.0 ms; goal +50 ms, alarm +100 ms")
    #expect(found.state == .within)
  }

  @Test("advise of memory what frees some, and no kill")
  func memoryAdvice() {
    let full = InspectBounds.judge(state(used: 2_000_000), baseline: state())
    let sentence = InspectBounds.sentence(full, baseline: state())
    #expect(sentence.contains("raise maxmemory"), "\(sentence)")
    #expect(!sentence.contains("turnout kill"), "\(sentence)")
    let slow = InspectBounds.judge(state(mean: 500), baseline: state())
    #expect(InspectBounds.sentence(slow, baseline: state()).contains("turnout kill"))
  }

  @Test("take created contexts from Redis where the servers do not report them, and see conversations of one exchange")
  func activity() throws {
    func state(unified: Double, single: Int) -> ContextsState {
      var state = self.state(created: 0)
      // 15 minutes of traffic, as long as the period of the sample.
      var activity = ContextActivity()
      (activity.legacyCreated, activity.unifiedCreated) = (500, unified)
      (activity.settled, activity.singleExchanges) = (100, single)
      state.activity = activity
      return state
    }
    func found(_ name: String, _ now: ContextsState) throws -> InspectBounds.Judgement {
      let judgements = InspectBounds.judge(now, baseline: state(unified: 0, single: 0))
      return try #require(judgements.first { $0.name == name })
    }
    #expect(try found("unified created", state(unified: 400, single: 90)).state == .within)
    #expect(try found("unified created", state(unified: 399, single: 90)).state == .crossed)
    #expect(try found("legacy created", state(unified: 399, single: 90)).state == .within)
    #expect(try found("one exchange", state(unified: 400, single: 90)).state == .within)
    #expect(try found("one exchange", state(unified: 400, single: 91)).state == .crossed)
    // The servers report them: the sample does not count.
    var told = state(unified: 0, single: 0)
    told.traffic = self.state().traffic
    #expect(InspectBounds.judge(told, baseline: self.state()).allSatisfy { $0.state == .within })
  }

  @Test("need a baseline and traffic; without them the sentence says so")
  func nothing() {
    var alone = state()
    alone.traffic = nil
    let judgements = InspectBounds.judge(alone, baseline: nil)
    #expect(judgements.map(\.state) == [.unknown, .unknown])
    #expect(InspectBounds.sentence(judgements, baseline: nil).contains("run turnout preflight"))
    let all = InspectBounds.judge(state(), baseline: state())
    #expect(
      InspectBounds.sentence(all, baseline: state())
        == "All bounds of the guide hold, against the baseline of 2026-03-01T09:30:00Z.")
  }
}
