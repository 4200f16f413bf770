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
    try Program("/usr/bin/openssl", arguments, log: output).wait()
    guard let made = arguments.firstIndex(of: "-out").map({ arguments[$0 + 1] }),
      FileManager.default.fileExists(atPath: made)
    else { throw SetupError("openssl: " + ((try? String(contentsOfFile: output, encoding: .utf8)) ?? "")) }
  }
}
