internal import Bytes
import FlagStore

/// Whom we have heard of lately. Nobody's clock is asked: a proxy is heard when what it wrote has changed.
struct FleetLiveness: Sendable {
  /// Three times the pause between two writes.
  static let silenceNanoseconds: UInt64 = 15_000_000_000
  private static let limit = 4_096
  private static let nameLimit = 20
  private static let nameByteLimit = 128

  private let own: String
  private var heard: [String: (mark: UInt32, at: UInt64)] = [:]
  /// When each was registered first, as far as we saw: a new one has time to write.
  private var metAt: [String: UInt64] = [:]
  private var members: [FleetMember] = []

  init(own: String) { self.own = own }

  mutating func hear(_ proxy: String, _ bytes: [UInt8], at now: UInt64) {
    let mark = unsafe Murmur3().hash(bytes.span.bytes)
    guard heard[proxy]?.mark != mark, heard.count < Self.limit || heard[proxy] != nil else { return }
    heard[proxy] = (mark, now)
  }

  mutating func meet(_ members: [FleetMember], at now: UInt64) {
    self.members = members.filter { $0.windows != own }
    metAt = Dictionary(members.map { ($0.id, metAt[$0.id] ?? now) }) { first, _ in first }
    // What has not been heard of for an hour is nobody's any more.
    heard = heard.filter { now &- $0.value.at < 3_600_000_000_000 }
  }

  /// Their names, of at most 20 of them, and then how many more there are: the list goes with every comparison, and the
  /// register holds what others wrote there.
  func silent(at now: UInt64) -> [String] {
    let silent = members.filter { member in
      let last = member.windows.flatMap { heard[$0]?.at } ?? metAt[member.id] ?? now
      return now &- last > Self.silenceNanoseconds
    }
    let names = silent.prefix(Self.nameLimit).map { Self.cut($0.name) }
    return silent.count > names.count ? names + ["and \(silent.count - names.count) more"] : names
  }

  /// To 128 bytes, and no character in two.
  private static func cut(_ name: String) -> String {
    guard name.utf8.count > nameByteLimit else { return name }
    var (cut, bytes) = ("", 0)
    for scalar in name.unicodeScalars {
      bytes += UTF8.width(scalar)
      guard bytes <= nameByteLimit else { break }
      cut.unicodeScalars.append(scalar)
    }
    return cut
  }
}
