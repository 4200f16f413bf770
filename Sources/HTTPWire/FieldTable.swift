public import Bytes

/// One line of a head, as ranges of the bytes that were parsed.
public struct Field: Sendable {
  /// The name through the CRLF.
  public var line: ByteRange
  /// A token, in the case it was sent.
  public var name: ByteRange
  /// Without the white space on both sides; may be empty.
  public var value: ByteRange
  public var id: FieldName
  /// Not to be forwarded: it concerns one connection only, is named in Connection, is framing, or is an alias with "_".
  public var isDropped: Bool

  static let none = Field(line: .empty, name: .empty, value: .empty, id: .other, isDropped: true)

  @inline(__always)
  public init(line: ByteRange, name: ByteRange, value: ByteRange, id: FieldName, isDropped: Bool) {
    self.line = line
    self.name = name
    self.value = value
    self.id = id
    self.isDropped = isDropped
  }
}

/// The fields of one head, in the order they came. It owns its memory and serves one message after another without
/// allocating; parsing a head starts it over.
@safe
public struct FieldTable: ~Copyable {
  private let base: UnsafeMutablePointer<Field>
  public let capacity: Int
  public private(set) var count = 0
  /// Fields of this head that were dropped because their name, with "_" read as "-", is one that the proxy acts on.
  public internal(set) var droppedAliasCount = 0
  /// The `FieldName.bit` of every field in the table.
  private var present: UInt32 = 0

  public init(capacity: Int) {
    self.capacity = max(capacity, 0)
    unsafe base = .allocate(capacity: self.capacity)
  }

  deinit { unsafe base.deallocate() }

  /// Outside `0 ..< count` a dropped, empty field is read, and nothing written.
  public subscript(index: Int) -> Field {
    @inline(__always)
    get {
      guard UInt(bitPattern: index) < UInt(bitPattern: count) else { return .none }
      return unsafe base[index]
    }
    @inline(__always)
    set {
      guard UInt(bitPattern: index) < UInt(bitPattern: count) else { return }
      unsafe base[index] = newValue
    }
  }

  @inline(__always)
  public mutating func removeAll() {
    (count, droppedAliasCount, present) = (0, 0, 0)
  }

  /// False, and nothing changed, when the table is full.
  @inline(__always)
  public mutating func append(_ field: Field) -> Bool {
    guard count < capacity else { return false }
    unsafe (base + count).initialize(to: field)
    count &+= 1
    present |= field.id.bit
    return true
  }

  /// Whether a field of this name came, dropped or not.
  @inline(__always)
  public func contains(_ id: FieldName) -> Bool { present & id.bit != 0 }

  /// The first field of this name at or behind `start`, dropped or not.
  @inline(__always)
  public func index(of id: FieldName, from start: Int = 0) -> Int? {
    guard contains(id) else { return nil }
    var index = max(start, 0)
    while index < count {
      if unsafe base[index].id == id { return index }
      index &+= 1
    }
    return nil
  }

  /// Marks every field of this name.
  public mutating func drop(_ id: FieldName) {
    var next = index(of: id)
    while let index = next {
      self[index].isDropped = true
      next = self.index(of: id, from: index &+ 1)
    }
  }
}
