import Testing

/// A strict reader of Prometheus' text format 0.0.4, written from its description and not from the writer: it takes
/// nothing that a scraper would refuse or that would make series wrong.
struct Exposition {
  struct Complaint: Error, CustomStringConvertible {
    let description: String
  }

  struct Series: Hashable {
    let name: String
    let labels: [String: String]
  }

  private(set) var kinds: [String: String] = [:]
  private(set) var values: [Series: Double] = [:]
  /// In the order of the text, to look at neighbours.
  private(set) var series: [Series] = []
  private var helped: Set<String> = []
  private var family = ""

  init(_ bytes: [UInt8]) throws {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw Complaint(description: "not UTF-8") }
    guard text.hasSuffix("\n") else { throw Complaint(description: "the last line has no line feed") }
    for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
      do {
        try read(line)
      } catch let complaint as Complaint {
        throw Complaint(description: "\(complaint.description): \(line)")
      }
    }
    for (name, kind) in kinds where kind == "histogram" { try checkHistogram(name) }
  }

  subscript(name: String, labels: [String: String]) -> Double? { values[Series(name: name, labels: labels)] }

  // MARK: lines

  private mutating func read(_ line: Substring) throws {
    if line.hasPrefix("# HELP ") { return try readHelp(line.dropFirst(7)) }
    if line.hasPrefix("# TYPE ") { return try readType(line.dropFirst(7)) }
    try readSample(line)
  }

  private mutating func readHelp(_ rest: Substring) throws {
    let parts = rest.split(separator: " ", maxSplits: 1)
    try expect(parts.count == 2, "help without text")
    family = String(parts[0])
    try expect(isName(family) && helped.insert(family).inserted, "a second help, or no name")
  }

  private mutating func readType(_ rest: Substring) throws {
    let parts = rest.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    try expect(parts.count == 2 && parts[0] == family, "type without its help before it")
    try expect(["counter", "gauge", "histogram"].contains(parts[1]), "unknown type")
    try expect(kinds.updateValue(parts[1], forKey: family) == nil, "a second type")
    try expect((parts[1] == "counter") == family.hasSuffix("_total"), "_total is for counters")
  }

  private mutating func readSample(_ line: Substring) throws {
    var scanner = LineScanner(rest: line)
    let name = try scanner.name()
    let labels = try scanner.labels()
    try scanner.take(" ")
    let value = try number(scanner.rest)
    let kind = kinds[family] ?? ""
    let names = kind == "histogram" ? ["_bucket", "_sum", "_count"].map { family + $0 } : [family]
    try expect(names.contains(name), "a sample outside its family")
    try expect(kind == "gauge" || value >= 0, "a negative count")
    let series = Series(name: name, labels: labels)
    try expect(values.updateValue(value, forKey: series) == nil, "the same series twice")
    self.series.append(series)
  }

  /// What Go's ParseFloat takes, as far as it is used.
  private func number(_ text: Substring) throws -> Double {
    switch text {
    case "+Inf": return .infinity
    case "-Inf": return -.infinity
    case "NaN": return .nan
    default:
      let isPlain = text.allSatisfy { "0123456789.eE+-".contains($0) }
      guard isPlain, let value = Double(text) else { throw Complaint(description: "no number") }
      return value
    }
  }

  // MARK: histograms

  private func checkHistogram(_ name: String) throws {
    let own = series.filter { $0.name.hasPrefix(name) }
    let groups = Dictionary(grouping: own) { $0.labels.filter { $0.key != "le" } }
    for (labels, members) in groups {
      let buckets = members.filter { $0.name == name + "_bucket" }
      let bounds = try buckets.map { try number(Substring($0.labels["le"] ?? "")) }
      let counts = buckets.map { values[$0] ?? .nan }
      try expect(bounds == bounds.sorted() && bounds.last == .infinity, "\(name): bounds")
      try expect(counts == counts.sorted(), "\(name): buckets are cumulative")
      try expect(counts.last == self[name + "_count", labels], "\(name): +Inf is the count")
      try expect(self[name + "_sum", labels] != nil, "\(name): sum")
    }
  }

  private func isName(_ name: String) -> Bool { LineScanner.isName(Substring(name)) }

  private func expect(_ condition: Bool, _ complaint: String) throws {
    guard condition else { throw Complaint(description: complaint) }
  }
}

/// Takes one sample line apart from its front.
struct LineScanner {
  private(set) var rest: Substring

  init(rest: Substring) { self.rest = rest }

  static func isName(_ name: Substring) -> Bool {
    guard let first = name.first, !first.isNumber else { return false }
    return name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
      default: false
      }
    }
  }

  mutating func take(_ character: Character) throws {
    guard rest.first == character else { throw Exposition.Complaint(description: "expected '\(character)'") }
    rest.removeFirst()
  }

  mutating func name() throws -> String {
    let name = rest.prefix { $0 != "{" && $0 != " " && $0 != "=" }
    guard Self.isName(name) else { throw Exposition.Complaint(description: "no name") }
    rest = rest.dropFirst(name.count)
    return String(name)
  }

  mutating func labels() throws -> [String: String] {
    guard rest.first == "{" else { return [:] }
    var labels: [String: String] = [:]
    repeat {
      rest.removeFirst()
      let name = try name()
      try take("=")
      guard try labels.updateValue(quoted(), forKey: name) == nil else {
        throw Exposition.Complaint(description: "the same label twice")
      }
    } while rest.first == ","
    try take("}")
    return labels
  }

  private mutating func quoted() throws -> String {
    try take("\"")
    var value = ""
    while let character = rest.popFirst() {
      switch character {
      case "\"": return value
      case "\\": value.append(try escaped())
      default: value.append(character)
      }
    }
    throw Exposition.Complaint(description: "a label value without end")
  }

  private mutating func escaped() throws -> Character {
    switch rest.popFirst() {
    case "\\": "\\"
    case "\"": "\""
    case "n": "\n"
    default: throw Exposition.Complaint(description: "an unknown escape")
    }
  }
}

/// The judge is judged: a reader that accepted everything would prove nothing.
@Suite struct ExpositionTests {
  @Test(
    "A text that a scraper refuses, or that lies about its series, is refused",
    arguments: [
      "",
      "a 1\n",
      "# TYPE a gauge\na 1\n",
      "# HELP a x\n# TYPE a gauge\na 1",
      "# HELP a x\n# TYPE a gauge\n\na 1\n",
      "# HELP a x\n# TYPE a gauge\na one\n",
      "# HELP a x\n# TYPE a gauge\na nan\n",
      "# HELP a x\n# TYPE a gauge\na 1\na 2\n",
      "# HELP a x\n# TYPE a gauge\nb 1\n",
      "# HELP a x\n# TYPE a gauge\na{l=\"\"\"} 1\n",
      "# HELP a x\n# TYPE a gauge\na{l=\"\\q\"} 1\n",
      "# HELP a x\n# TYPE a gauge\na{l=\"1\",l=\"2\"} 1\n",
      "# HELP a x\n# TYPE a gauge\na{1=\"1\"} 1\n",
      "# HELP a x\n# TYPE a counter\na 1\n",
      "# HELP a_total x\n# TYPE a_total gauge\na_total 1\n",
      "# HELP a_total x\n# TYPE a_total counter\na_total -1\n",
      "# HELP a x\n# TYPE a gauge\na 1\n# HELP b x\n# TYPE b gauge\nb 1\na{l=\"2\"} 1\n",
      "# HELP a x\n# TYPE a histogram\na_bucket{le=\"1\"} 1\na_sum 1\na_count 1\n",
      "# HELP a x\n# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n",
      "# HELP a x\n# TYPE a histogram\na_bucket{le=\"1\"} 1\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 2\n",
    ])
  func refused(text: String) {
    #expect(throws: Exposition.Complaint.self) { try Exposition(Array(text.utf8)) }
  }

  @Test("A text in order is read")
  func read() throws {
    let text = "# HELP a x\n# TYPE a gauge\na{l=\"\\\"\\\\\\n\",m=\"\"} -1.5e-3\n"
    #expect(try Exposition(Array(text.utf8))["a", ["l": "\"\\\n", "m": ""]] == -0.0015)
  }
}
