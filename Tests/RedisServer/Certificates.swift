import Foundation

/// A certificate authority, and a certificate that it signed for a server. Made by the `openssl` program.
package final class Certificates: Sendable {
  private let folder: TemporaryFolder
  package var authority: String { folder.file("ca.crt") }
  package var certificate: String { folder.file("server.crt") }
  package var key: String { folder.file("server.key") }

  /// `names` as OpenSSL writes subject alternative names: `DNS:localhost`, `IP:127.0.0.1`.
  package init(names: [String] = ["DNS:localhost", "IP:127.0.0.1"]) throws {
    folder = try TemporaryFolder()
    let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    try openssl(
      [
        "req", "-x509", "-days", "2", "-subj", "/CN=Test authority", "-keyout", folder.file("ca.key"), "-out",
        authority,
      ]
        + curve)
    try openssl(
      ["req", "-subj", "/CN=Test server", "-keyout", key, "-out", folder.file("server.csr")] + curve)
    let extensions = folder.file("extensions")
    try "subjectAltName=\(names.joined(separator: ","))".write(toFile: extensions, atomically: true, encoding: .utf8)
    try openssl([
      "x509", "-req", "-days", "2", "-in", folder.file("server.csr"), "-CA", authority, "-CAkey", folder.file("ca.key"),
      "-CAcreateserial", "-extfile", extensions, "-out", certificate,
    ])
  }

  private func openssl(_ arguments: [String]) throws {
    let output = folder.file("openssl.out")
    try Program("/usr/bin/openssl", arguments, output: output).wait()
    guard let made = arguments.firstIndex(of: "-out").map({ arguments[$0 + 1] }),
      FileManager.default.fileExists(atPath: made)
    else { throw RedisServerFailure("openssl: " + ((try? String(contentsOfFile: output, encoding: .utf8)) ?? "")) }
  }
}

/// A folder that is removed with its owner.
package final class TemporaryFolder: Sendable {
  package let path: String

  package init() throws {
    var template = Array("/tmp/turnout-redis-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw RedisServerFailure("mkdtemp: errno \(errno)") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  package func file(_ name: String) -> String { path + "/" + name }
}
