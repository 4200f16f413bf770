/// Where the last lines of each owner stand in a file. 80 bytes for each owner, and the name.
struct LineOffsets {
  /// Up to 1 TiB away, up to 16 MiB long: both fit into one word.
  struct Place {
    private let word: UInt64

    static let longest = 1 << 24 - 1
    static let farthest = 1 << 40 - 1

    init(offset: Int, length: Int) { word = UInt64(offset) << 24 | UInt64(length) }

    var offset: Int { Int(word >> 24) }
    var length: Int { Int(word & UInt64(Self.longest)) }
  }

  private var slots: [ContextOwner: Int32] = [:]
  /// Of each slot how many lines were seen.
  private var seen: [UInt32] = []
  /// Of each slot the last `kept`, a ring.
  private var places: [Place] = []

  /// As many as a conversation keeps.
  static let kept = Message.kept

  mutating func add(_ place: Place, of owner: ContextOwner) {
    let slot: Int
    if let known = slots[owner] {
      slot = Int(known)
    } else {
      slot = seen.count
      slots[owner] = Int32(slot)
      seen.append(0)
      places += [Place](repeating: Place(offset: 0, length: 0), count: Self.kept)
    }
    places[slot * Self.kept + Int(seen[slot]) % Self.kept] = place
    seen[slot] += 1
  }

  /// The last `count`, at most `kept`, in the order of the file.
  func last(_ count: Int, of owner: ContextOwner) -> [Place] {
    guard let slot = slots[owner].map({ Int($0) }) else { return [] }
    let total = Int(seen[slot])
    return (max(0, total - min(count, Self.kept))..<total).map { places[slot * Self.kept + $0 % Self.kept] }
  }
}
