internal import Glibc

/// The text of a small file.
package enum FileText {
  /// The size limit in bytes.
  static let largest = 1 << 20

  package static func read(_ path: String) throws(YAMLError) -> String {
    let bytes: [UInt8]
    switch contents(path) {
    case .success(let read): bytes = read
    case .failure(let error):
      throw YAMLError(line: nil, text: "cannot be read: \(unsafe String(cString: strerror(error.code)))")
    }
    guard bytes.count <= largest else {
      throw YAMLError(line: nil, text: "is larger than 1 MiB: not a configuration")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw YAMLError(line: nil, text: "is not UTF-8 text")
    }
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
