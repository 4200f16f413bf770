import ArgumentParser
import FoundationEssentials

/// The token of the admin API, from a file of one line.
enum TokenText {
  static func read(_ path: String) throws -> String {
    guard let data = try? Data(contentsOf: URL(filePath: path)), data.count <= 4_096 else {
      throw failure(.configuration, "\(path): the token cannot be read")
    }
    let text = String(decoding: data, as: UTF8.self).prefix { $0 != "\n" && $0 != "\r\n" }
    // It goes into a header field.
    guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw failure(.configuration, "\(path): found no token, expected one line of visible ASCII")
    }
    return String(text)
  }
}
