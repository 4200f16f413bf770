import CLinux
import Glibc

/// The name of this machine.
package enum HostName {
  package static var text: String {
    var name = [CChar](repeating: 0, count: 256)
    guard unsafe gethostname(&name, name.count - 1) == 0 else { return "unknown" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The host name reduced to what a proxy name may contain.
  static var proxyName: String {
    let visible = String(decoding: text.utf8.filter(Names.isVisible).prefix(64), as: UTF8.self)
    return visible.isEmpty ? "unknown" : visible
  }
}

/// The number of processors that this process may use: `taskset`, a cpuset or systemd's CPUAffinity may limit it.
package enum Processors {
  package static var available: Int {
    min(max(Int(clinux_available_processors()), 1), Ranges.workers.upperBound)
  }
}

/// The text of a small file.
enum FileText {
  /// The size limit in bytes.
  static let largest = 1 << 20

  static func read(_ path: String) throws(ConfigurationError) -> String {
    func problem(_ text: String) -> ConfigurationError {
      ConfigurationError([ConfigurationProblem(.file(path, line: nil), "", text)])
    }
    let bytes: [UInt8]
    switch contents(path) {
    case .success(let read): bytes = read
    case .failure(let error):
      throw problem("cannot be read: \(unsafe String(cString: strerror(error.code)))")
    }
    guard bytes.count <= largest else { throw problem("is larger than \(SizeText.text(largest)): not a configuration") }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw problem("is not UTF-8 text") }
    return text
  }

  private struct SystemError: Error { var code: Int32 }

  /// The first `largest` + 1 bytes.
  private static func contents(_ path: String) -> Result<[UInt8], SystemError> {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return .failure(SystemError(code: errno)) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while bytes.count <= largest {
      let count = unsafe Glibc.read(descriptor, &chunk, chunk.count)
      if count == 0 { break }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return .failure(SystemError(code: errno)) }
      bytes += chunk[..<count]
    }
    return .success(bytes)
  }
}
