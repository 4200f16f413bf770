/// A closed window as it is kept: encoded.
package struct Kept: Sendable, Equatable {
  /// The number of its stage in `StageTable`.
  var stage: Int
  var from: Int
  var milliseconds: Int
  /// Grows from one to the next of a ring; 0 until it is put there.
  var sequence = 0
  var bytes: [UInt8]

  init(stage: Int, from: Int, milliseconds: Int, bytes: [UInt8]) {
    self.stage = stage
    self.from = from
    self.milliseconds = milliseconds
    self.bytes = bytes
  }
}

/// The last windows of one kind, in the order in which they were closed: at most `capacity` of them with at most
/// `byteLimit` bytes. Beyond either the oldest go. Age alone drops nothing, so a clock that jumps loses nothing.
struct Ring: Sendable {
  let capacity: Int
  let byteLimit: Int
  private var items: [Kept] = []
  /// Items before it have gone.
  private var start = 0
  private(set) var byteCount = 0
  private(set) var lastSequence = 0

  init(capacity: Int, byteLimit: Int) {
    self.capacity = capacity
    self.byteLimit = byteLimit
  }

  /// The oldest first.
  var all: ArraySlice<Kept> { items[start...] }
  var count: Int { items.count - start }

  mutating func append(_ item: Kept) {
    var item = item
    lastSequence += 1
    item.sequence = lastSequence
    items.append(item)
    byteCount += item.bytes.count
    while count > capacity || byteCount > byteLimit && count > 1 { dropFirst() }
    // Moving what is left costs as much as was dropped since the last time.
    if start > 64, start > count {
      items.removeFirst(start)
      start = 0
    }
  }

  private mutating func dropFirst() {
    byteCount -= items[start].bytes.count
    items[start].bytes = []
    start += 1
  }
}
