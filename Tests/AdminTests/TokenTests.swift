import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Admin

@Suite struct TokenTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var path: String { folder.file("token") }

  private func write(_ text: String, mode: mode_t = 0o600) throws -> AdminTokenFile {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    chmod(path, mode)
    return AdminTokenFile(path)
  }

  @Test("The first start makes a token that only its owner can read; the next finds it")
  func making() throws {
    let mask = umask(0)
    let token = try AdminTokenFile(path).readOrMake()
    umask(mask)
    var status = stat()
    #expect(lstat(path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
    #expect(token.text.utf8.count == 64)
    #expect(try AdminTokenFile(path).readOrMake().text == token.text)
    #expect(try AdminTokenFile(path).read().matches(token.text))
    #expect(folder.names == ["token"])
    #expect("\(token)" == "AdminToken(64 characters)")
  }

  @Test("Processes that start at the same moment get the same token")
  func race() async throws {
    let file = AdminTokenFile(path)
    let texts = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<16 { group.addTask { try file.readOrMake().text } }
      return try await group.reduce(into: Set()) { $0.insert($1) }
    }
    #expect(texts.count == 1)
    #expect(folder.names == ["token"])
  }

  @Test("What an operator wrote is taken with or without a line end")
  func ownToken() throws {
    let text = "abcdefghijklmnopqrstuvwxyz-._~+/012345="
    #expect(try write(text).readOrMake().text == text)
    #expect(try write(text + "\n").readOrMake().text == text)
  }

  @Test("A file that is empty, malformed or open to others is refused and left as it is", arguments: [0o640, 0o604])
  func refused(mode: mode_t) throws {
    let good = String(repeating: "a", count: 64)
    let cases: [(String, mode_t, AdminTokenError)] = [
      (good, mode, .readableByOthers(path, mode: mode)), ("", 0o600, .empty(path)), ("\n", 0o600, .empty(path)),
      ("short", 0o600, .malformed(path)), (good + " ", 0o600, .malformed(path)),
      (good + "\n\n", 0o600, .malformed(path)), (String(repeating: "a", count: 257), 0o600, .malformed(path)),
      (good + "\0", 0o600, .malformed(path)),
    ]
    for (text, mode, error) in cases {
      let file = try write(text, mode: mode)
      #expect(throws: error) { try file.readOrMake() }
      #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
    }
  }

  @Test("No file, no folder, and a folder in place of the file are told apart")
  func absent() throws {
    #expect(throws: AdminTokenError.missing(path)) { try AdminTokenFile(path).read() }
    #expect(throws: AdminTokenError.notAFile(folder.path)) { try AdminTokenFile(folder.path).readOrMake() }
    let error = #expect(throws: AdminTokenError.self) { try AdminTokenFile(folder.file("no/token")).readOrMake() }
    #expect(error?.description.contains("No such file or directory") == true)
  }

  /// Not measured, since a machine is too noisy for that: the comparison has no way out before its end, so what it
  /// computes for a candidate depends on every byte of the secret.
  @Test("The comparison looks at every byte: no candidate but the secret passes")
  func comparison() throws {
    let secret = String(repeating: "0123456789abcdef", count: 4)
    let token = try #require(AdminToken(secret))
    #expect(token.matches(secret))
    for index in secret.utf8.indices {
      var bytes = Array(secret.utf8)
      bytes[secret.utf8.distance(from: secret.utf8.startIndex, to: index)] ^= 1
      #expect(!token.matches(String(decoding: bytes, as: UTF8.self)))
    }
    for length in 0..<130 where length != 64 {
      #expect(!token.matches(String(String(repeating: secret, count: 3).prefix(length))))
    }
  }
}
