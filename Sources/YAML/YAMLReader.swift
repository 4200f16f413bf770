internal import CYAML

/// One value of a YAML document and the line where it begins. Values stay text, because the key decides the type: `yes`,
/// `010` and `12:30` are what they look like. Tags are ignored.
package struct YAMLNode: Sendable {
  package enum Content: Sendable {
    /// `isPlain`: written without quotes and not as a block.
    case scalar(String, isPlain: Bool)
    case list([YAMLNode])
    case mapping([(key: YAMLNode, value: YAMLNode)])
  }

  package var content: Content
  /// From 1.
  package var line: Int
  /// Nodes in it, itself included and aliases expanded.
  fileprivate var size: Int

  /// A key without a value, or `null` or `~` without quotes.
  package var isNothing: Bool {
    guard case .scalar(let text, isPlain: true) = content else { return false }
    return ["", "~", "null"].contains(text)
  }

  /// The value in words, for errors.
  package var found: String {
    switch content {
    case .scalar(let text, _): isNothing ? "nothing" : Found.quoted(text)
    case .mapping: "keys with values"
    case .list: "a list"
    }
  }
}

/// Why a text is not one YAML document.
package struct YAMLError: Error, Equatable {
  /// From 1; nil when it is not known.
  package var line: Int?
  package var text: String
}

/// Reads one YAML document into a tree, event by event, with libyaml's parser (https://pyyaml.org/wiki/LibYAML).
///
/// libyaml checks the syntax. This reader builds the tree, refuses equal keys in one mapping and limits levels and nodes. An
/// alias shares the node of its anchor, and each use counts towards the limit, so that nested aliases cannot grow.
@safe package struct YAMLReader: ~Copyable {
  /// Levels of lists and mappings. A configuration has 4.
  static let depthLimit = 64
  /// Nodes of the tree, with each use of an alias counted in full.
  static let sizeLimit = 100_000

  private let text: String
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private var anchors: [String: YAMLNode] = [:]

  private enum Event {
    case scalar(YAMLNode)
    case list, mapping
    case alias(String)
    /// The end of a list or a mapping.
    case end
    case endOfStream
    /// The begin or end of the stream or a document.
    case frame
  }

  private struct Step {
    var event: Event
    /// The name by which aliases refer to this node.
    var anchor: String?
    var line: Int
    var column: Int
  }

  /// The one document in `text`; nil when it has none, such as a file of comments.
  package static func read(_ text: String) throws(YAMLError) -> YAMLNode? {
    try unsafe Array(text.utf8).withUnsafeBufferPointer { bytes throws(YAMLError) in
      var reader = unsafe YAMLReader(text, bytes)
      return try reader.document()
    }
  }

  /// libyaml keeps pointers to its parser and to the bytes, so the parser stays where it is allocated.
  private init(_ text: String, _ bytes: UnsafeBufferPointer<UInt8>) {
    self.text = text
    unsafe parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    guard unsafe yaml_parser_initialize(parser) == 1 else { fatalError("out of memory for a YAML parser") }
    unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    unsafe yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
  }

  deinit {
    unsafe yaml_parser_delete(parser)
    unsafe parser.deallocate()
  }

  // MARK: The tree

  private mutating func document() throws(YAMLError) -> YAMLNode? {
    _ = try next()
    if case .endOfStream = try next().event { return nil }
    let root = try node(try next(), depth: 0)
    _ = try next()
    let last = try next()
    guard case .endOfStream = last.event else {
      throw YAMLError(line: last.line, text: "a second document begins here, expected one")
    }
    return root
  }

  private mutating func node(_ step: Step, depth: Int) throws(YAMLError) -> YAMLNode {
    guard depth < Self.depthLimit else {
      throw YAMLError(
        line: step.line, text: "found more than \(Self.depthLimit) levels of lists and keys, expected fewer")
    }
    let node: YAMLNode
    switch step.event {
    case .scalar(let scalar): node = scalar
    case .list: node = try list(step, depth: depth)
    case .mapping: node = try mapping(step, depth: depth)
    case .alias(let name):
      guard let target = anchors[name] else {
        throw YAMLError(line: step.line, text: "not valid YAML at column \(step.column): found undefined alias")
      }
      return target
    case .end, .endOfStream, .frame: preconditionFailure("libyaml's events are balanced")
    }
    if let anchor = step.anchor { anchors[anchor] = node }
    return node
  }

  private mutating func list(_ start: Step, depth: Int) throws(YAMLError) -> YAMLNode {
    var (items, size) = ([YAMLNode](), 1)
    while let item = try element(of: start, &size, depth) { items.append(item) }
    return YAMLNode(content: .list(items), line: start.line, size: size)
  }

  private mutating func mapping(_ start: Step, depth: Int) throws(YAMLError) -> YAMLNode {
    var (pairs, size) = ([(key: YAMLNode, value: YAMLNode)](), 1)
    while let key = try element(of: start, &size, depth), let value = try element(of: start, &size, depth) {
      pairs.append((key, value))
    }
    try checkKeys(pairs)
    return YAMLNode(content: .mapping(pairs), line: start.line, size: size)
  }

  /// The next node of a list or mapping, or nil at its end.
  private mutating func element(of start: Step, _ size: inout Int, _ depth: Int) throws(YAMLError) -> YAMLNode? {
    let step = try next()
    if case .end = step.event { return nil }
    let node = try node(step, depth: depth + 1)
    size += node.size
    guard size <= Self.sizeLimit else {
      throw YAMLError(line: start.line, text: "found more than \(Self.sizeLimit) values in one place, expected fewer")
    }
    return node
  }

  /// Refuses equal keys: YAML does not define which one counts.
  private func checkKeys(_ pairs: [(key: YAMLNode, value: YAMLNode)]) throws(YAMLError) {
    var lines: [String: Int] = [:]
    var repeated: Set<String> = []
    for (key, _) in pairs {
      guard case .scalar(let name, _) = key.content else { continue }
      if lines[name] == nil { lines[name] = key.line } else { repeated.insert(name) }
    }
    let names = repeated.sorted()
    guard let first = names.first else { return }
    let list = names.map(Found.quoted).joined(separator: ", ")
    throw YAMLError(
      line: lines[first], text: "\(list) is given more than once in the same place, first here; keep one")
  }

  // MARK: Events

  private func next() throws(YAMLError) -> Step {
    var event = unsafe yaml_event_t()
    guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw failure() }
    defer { unsafe yaml_event_delete(&event) }
    let mark = unsafe event.start_mark
    var step = Step(event: .frame, anchor: nil, line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    switch unsafe event.type {
    case YAML_SCALAR_EVENT:
      let scalar = unsafe event.data.scalar
      let value = unsafe String(
        decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      let isPlain = unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE
      step.event = .scalar(YAMLNode(content: .scalar(value, isPlain: isPlain), line: step.line, size: 1))
      step.anchor = unsafe Self.name(scalar.anchor)
    case YAML_SEQUENCE_START_EVENT:
      step.event = .list
      step.anchor = unsafe Self.name(event.data.sequence_start.anchor)
    case YAML_MAPPING_START_EVENT:
      step.event = .mapping
      step.anchor = unsafe Self.name(event.data.mapping_start.anchor)
    case YAML_ALIAS_EVENT: step.event = .alias(unsafe Self.name(event.data.alias.anchor) ?? "")
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: step.event = .end
    case YAML_STREAM_END_EVENT: step.event = .endOfStream
    default: break
    }
    return step
  }

  private static func name(_ text: UnsafePointer<yaml_char_t>?) -> String? {
    unsafe text.map { unsafe String(cString: $0) }
  }

  // MARK: Errors

  /// The error in libyaml's words, with the position and, for the two usual mistakes, a hint.
  private func failure() -> YAMLError {
    let problem = unsafe parser.pointee.problem.map { unsafe String(cString: $0) } ?? "out of memory"
    if unsafe parser.pointee.error == YAML_READER_ERROR {
      let before = unsafe text.utf8.prefix(Int(clamping: parser.pointee.problem_offset))
      return YAMLError(line: before.count { $0 == UInt8(ascii: "\n") } + 1, text: "not valid YAML: \(problem)")
    }
    let mark = unsafe parser.pointee.problem_mark
    var message = "not valid YAML at column \(mark.column + 1): \(problem)"
    if let context = unsafe parser.pointee.context {
      message += unsafe " \(String(cString: context)) that begins in line \(parser.pointee.context_mark.line + 1)"
    }
    return YAMLError(line: Int(mark.line) + 1, text: message + hint(line: Int(mark.line)))
  }

  /// - Parameter line: from 0.
  private func hint(line: Int) -> String {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    guard line < lines.count else { return "" }
    let line = lines[line]
    if line.prefix(while: { $0 == " " || $0 == "\t" }).contains("\t") { return "; indent with spaces, not with tabs" }
    if line.contains("[::") || line.contains("]:") { return "; an address in brackets needs quotes: \"[::1]:8080\"" }
    return ""
  }
}
