internal import Bytes

/// What both sides last agreed on, in 128 bits: a context that has another digest went on since.
///
/// It is no secret and protects nothing; SipHash with two fixed keys makes an accidental collision as good as impossible.
package struct SyncDigest: Sendable, Hashable {
  private let high, low: UInt64

  fileprivate init(hashing bytes: [UInt8]) {
    high = unsafe Self.hashes.high?.hash(bytes.span.bytes) ?? 0
    low = unsafe Self.hashes.low?.hash(bytes.span.bytes) ?? 0
  }

  private static let hashes = (
    high: SipHash(key: Array("turnout sync 128".utf8)), low: SipHash(key: Array("sync 128 turnout".utf8))
  )

  /// Nil for anything but 32 hexadecimal digits.
  package init?(_ text: [UInt8]) {
    guard text.count == 32 else { return nil }
    var words: (UInt64, UInt64) = (0, 0)
    for (index, byte) in text.enumerated() {
      guard let digit = ASCII.hexValue(byte) else { return nil }
      if index < 16 { words.0 = words.0 << 4 | UInt64(digit) } else { words.1 = words.1 << 4 | UInt64(digit) }
    }
    (high, low) = words
  }

  /// 32 hexadecimal digits in lower case.
  package var text: String { Self.padded(high) + Self.padded(low) }

  private static func padded(_ word: UInt64) -> String {
    let digits = String(word, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}

extension Mapping {
  /// - Parameter history: of a message its role and its text count, so that an application may add to it what it likes.
  package func digest(_ meaning: Meaning, history: [Message]) -> SyncDigest {
    var bytes = meaning.bytes
    bytes.reserveCapacity(bytes.count + history.reduce(0) { $0 + $1.json.count })
    for message in history {
      append(message, to: &bytes)
      bytes.append(UInt8(ascii: "\n"))
    }
    return SyncDigest(hashing: bytes)
  }

  private func append(_ message: Message, to bytes: inout [UInt8]) {
    guard let tree = try? JSONTree(message.json) else {
      bytes += message.json
      return
    }
    let role = tree.member(messageNames.role, of: 0)
    guard let text = tree.member(messageNames.text, of: 0) else {
      return CanonicalJSON.append(0, of: tree, to: &bytes)
    }
    if let role { CanonicalJSON.append(role, of: tree, to: &bytes) }
    bytes.append(UInt8(ascii: " "))
    CanonicalJSON.append(text, of: tree, to: &bytes)
  }

  /// What `meta` remembers; nil where the layout has no member for it, or it holds none.
  package func digest(in meta: StoredDocument) throws(MappingError) -> SyncDigest? {
    guard let name = layout.unified.syncMember else { return nil }
    let tree = try metaTree(meta)
    return tree.member(Array(name.utf8), of: 0).flatMap { tree.text($0) }.flatMap { SyncDigest($0) }
  }

  /// `meta` that remembers this digest; every other byte stays.
  package func setting(_ digest: SyncDigest, in meta: StoredDocument) throws(MappingError) -> StoredDocument {
    guard let name = layout.unified.syncMember else { return meta }
    let tree = try metaTree(meta)
    guard let bytes = tree.setting([Array(name.utf8)], to: JSONBytes.quoted(digest.text)) else { return meta }
    return try metaForm.stored(try JSONTree(bytes, named: "meta"), base: (meta, tree))
  }
}
