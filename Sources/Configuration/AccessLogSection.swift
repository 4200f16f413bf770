import Proxy
import YAML

/// The section `access_log`.
extension DocumentReader {
  mutating func readAccessLog(_ top: Section, into log: inout AccessLogSettings) {
    let known = ["path", "format", "user", "sample", "buffer"]
    guard let section = section(top.values["access_log"], at: "access_log", known: known) else { return }
    read("path", of: section, as: .accessLogDestination, into: &log.destination)
    if case .file(let path) = log.destination { log.destination = .file(besideFile(path)) }
    read("format", of: section, as: .choice, into: &log.format)
    read("user", of: section, as: .choice, into: &log.user)
    read("sample", of: section, as: .share, into: &log.sample)
    var bytes = UInt64(log.bufferBytes)
    read("buffer", of: section, as: .size(Ranges.accessLogBuffer), into: &bytes)
    log.bufferBytes = Int(bytes)
  }
}

extension Scalar where Value == AccessLogSettings.Destination {
  fileprivate static var accessLogDestination: Scalar {
    Scalar("none, stdout or the path of a file", hint: pathHint) { text in
      switch text {
      case "none": AccessLogSettings.Destination.none
      case "stdout": .standardOutput
      default: pathHint(text) == nil ? Scalar<String>.filePath.parse(text).map { .file($0) } : nil
      }
    }
  }

  /// Why a text that could be a path is probably not meant as one.
  @Sendable
  private static func pathHint(_ text: String) -> String? {
    let word = text.split(whereSeparator: \.isWhitespace).joined().lowercased()
    if word == "none" || word == "stdout" { return "write \(word), or ./\(word) for a file of that name" }
    if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
      return "a path has no control characters"
    }
    return text.hasSuffix("/") ? "that is a folder" : nil
  }
}

extension Scalar where Value == Double {
  /// Not through Double's parser, which accepts 1e-1, 0x1 and nan.
  static var share: Scalar {
    Scalar("a number from 0 to 1 with at most six decimals, such as 0.01") { text in
      let parts = text.split(separator: ".", omittingEmptySubsequences: false)
      let decimals = parts.count == 2 ? parts[1] : "0"
      guard parts.count <= 2, (1...6).contains(decimals.utf8.count), let whole = Decimal.parse(parts[0]), whole <= 1,
        let digits = Decimal.parse(decimals), whole == 0 || digits == 0
      else { return nil }
      return Double("\(whole).\(decimals)")
    }
  }
}
