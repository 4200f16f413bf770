internal import Bytes
internal import Flags
internal import Statistics

/// The words that the numbers of a record stand for, made once.
struct AccessNames: ~Copyable {
  let flags: Slab<FixedBytes>
  let servers: Slab<FixedBytes>
  let localResponses: Slab<FixedBytes>
  let reasons: Slab<FixedBytes>

  init(_ settings: ProxySettings) {
    // Nothing of it needs an escape: a flag's name has letters, digits and _.:-, a server is a host and a port.
    func words(_ texts: [String]) -> Slab<FixedBytes> { Slab(capacity: texts.count) { FixedBytes(texts[$0]) } }
    flags = words(settings.flagNames)
    servers = words((settings.legacy.servers + settings.unified.servers).map(\.description))
    localResponses = words(LocalResponse.labels.map(\.reason))
    reasons = words(DecisionReason.allCases.map(\.description))
  }

  deinit {
    for words in [flags, servers, localResponses, reasons] {
      for index in 0..<words.capacity { words[index].deallocate() }
      words.deallocate(initialized: words.capacity)
    }
  }
}

extension Slab<FixedBytes> {
  /// Nil outside.
  func word(_ number: some BinaryInteger) -> FixedBytes? {
    let index = Int(number)
    return index >= 0 && index < capacity ? self[index] : nil
  }
}
