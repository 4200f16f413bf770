internal import Bytes

/// A path with placeholders, each for one whole segment: "/api/v1/flags/{key}".
struct PathTemplate: Sendable, Equatable {
  let text: String
  private let segments: [Substring]

  init(_ text: String) {
    self.text = text
    segments = text.split(separator: "/", omittingEmptySubsequences: false)
  }

  /// What stands for the placeholders, decoded; nil when the path is another one.
  func match(_ path: String) -> [String]? {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == segments.count else { return nil }
    var values: [String] = []
    for (segment, part) in zip(segments, parts) {
      if segment.hasPrefix("{") {
        guard let value = PercentEncoding.decode(part), !value.isEmpty else { return nil }
        values.append(value)
      } else if segment != part {
        return nil
      }
    }
    return values
  }
}
