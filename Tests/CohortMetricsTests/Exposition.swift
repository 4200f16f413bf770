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
