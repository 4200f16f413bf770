internal import MySQL

/// The rows that a query yields for each of many subjects.
struct QueryRows {
  /// A row without the column of the subject.
  typealias Row = ArraySlice<[UInt8]?>

  let template: SQLTemplate
  /// How errors call the query.
  let name: String
  /// The columns after the subject's, the first `required` of which it must have.
  let columns: [String]
  let required: Int

  /// Subjects per round trip: with 300 the server's time far exceeds the network's, and the statements stay far below
  /// max_allowed_packet (16 MiB).
  static let batch = 300

  /// In the order of the subjects, which may repeat, and of the query.
  ///
  /// - Parameter count: further rows of a subject are ignored.
  func read(
    _ count: Int, of subjects: [[UInt8]], _ role: ContextRole, from database: DatabaseConnections
  ) throws(MessageSourceError) -> [[Row]] {
    var places: [[UInt8]: Int] = [:]
    var distinct: [[UInt8]] = []
    for subject in subjects where places[subject] == nil {
      places[subject] = distinct.count
      distinct.append(subject)
    }
    var found = Found(columns: columns.count, required: required, count: count, subjects: distinct)
    for start in stride(from: 0, to: distinct.count, by: Self.batch) {
      let range = start..<min(start + Self.batch, distinct.count)
      try read(range, role, from: database, into: &found)
      if let number = found.unexpected {
        let expected = (template.subject.isBatch ? [template.subject.kind.rawValue] : []) + columns
        throw .rows(query: name, "\(number) columns, expected \(expected.joined(separator: ", "))")
      }
    }
    return subjects.map { found.rows[places[$0] ?? 0] }
  }

  private func read(
    _ range: Range<Int>, _ role: ContextRole, from database: DatabaseConnections, into found: inout Found
  ) throws(MessageSourceError) {
    let subjects = found.subjects[range]
    if template.subject.isBatch {
      let statement = template.statement(for: subjects, role: role, count: found.count)
      var places: [[UInt8]: Int] = [:]
      for place in range {
        places[found.subjects[place]] = place
        if let bytes = SQLTemplate.uuidBytes(found.subjects[place]) { places[bytes] = place }
      }
      try database.with(name) { connection throws(MySQLError) in
        try connection.forEachRow(of: statement) { found.addToBatch($0, places) }
      }
    } else {
      let statements = subjects.map { template.statement(for: CollectionOfOne($0), role: role, count: found.count) }
      try database.with(name) { connection throws(MySQLError) in
        try connection.forEachRow(ofEach: statements) { found.add($1, range.lowerBound + $0) }
      }
    }
  }

  private struct Found {
    let columns: Int
    let required: Int
    let count: Int
    let subjects: [[UInt8]]
    var rows: [[Row]]
    /// The number of columns of a row that has too few or too many.
    var unexpected: Int?

    init(columns: Int, required: Int, count: Int, subjects: [[UInt8]]) {
      (self.columns, self.required, self.count, self.subjects) = (columns, required, count, subjects)
      rows = Array(repeating: [], count: subjects.count)
    }

    /// The subject is the first column.
    mutating func addToBatch(_ row: [[UInt8]?], _ places: [[UInt8]: Int]) {
      // For MySQL "42abc" equals 42 in a numeric column, and "Anna" equals "anna" in many collations; here they differ.
      guard let place = row.first?.flatMap({ places[$0] }) else { return }
      append(row.dropFirst(), place)
    }

    mutating func add(_ row: [[UInt8]?], _ place: Int) {
      guard row.count > columns else { return append(row[...], place) }
      let subject = subjects[place]
      if let found = row[0], found != subject, found != SQLTemplate.uuidBytes(subject) { return }
      append(row.dropFirst(), place)
    }

    private mutating func append(_ row: Row, _ place: Int) {
      guard (required...columns).contains(row.count) else { return unexpected = row.endIndex }
      if rows[place].count < count { rows[place].append(row) }
    }
  }
}

extension QueryRows {
  /// A column of times, in milliseconds since 1970. The fraction of a decimal, as in UNIX_TIMESTAMP(...) * 1000, is less
  /// than a millisecond.
  func milliseconds(_ column: [UInt8]?) throws(MessageSourceError) -> Int? {
    guard let column else { return nil }
    let text = String(decoding: column, as: UTF8.self)
    guard let at = Int(text.prefix { $0 != "." }), at > 99_999_999_999 || at == 0 else {
      throw .rows(
        query: name,
        "the time \"\(text.prefix(40))\", expected milliseconds since 1970. Write UNIX_TIMESTAMP(column) * 1000")
    }
    return at
  }
}
