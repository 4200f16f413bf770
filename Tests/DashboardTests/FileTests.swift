import Admin
import Dashboard
import Foundation
import TestSupport
import Testing

@Suite("The files of the dashboard")
struct FileTests {
  private static let folder = Repository.root + "/Sources/Dashboard/Page/"

  private func get(_ scene: Scene, _ line: String) throws -> WireResponse {
    let client = try WireClient(port: scene.server.port)
    client.send("\(line) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    return try client.response(toHead: line.hasPrefix("HEAD "))
  }

  @Test("Every file of the folder is in the program, as it is there")
  func all() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder)
    #expect(Set(names) == Set((DashboardFile.assets + [.page]).map(\.name)))
    for file in DashboardFile.assets + [.page] {
      #expect(try Data(contentsOf: URL(fileURLWithPath: Self.folder + file.name)) == Data(file.bytes), "\(file.name)")
    }
  }

  @Test("The page and what it loads are served with their types, and nothing else may run or frame it")
  func served() throws {
    let scene = try Scene()
    for (path, type) in [
      ("/", "text/html; charset=utf-8"), ("/assets/main.js", "text/javascript; charset=utf-8"),
      ("/assets/base.css", "text/css; charset=utf-8"), ("/assets/icon.svg", "image/svg+xml"),
    ] {
      let answer = try get(scene, "GET \(path)")
      #expect(answer.status == 200)
      #expect(answer["content-type"] == type)
      let policy = answer["content-security-policy"] ?? ""
      for rule in [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' data:",
        "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'",
      ] {
        #expect(policy.split(separator: "; ").contains(Substring(rule)), "\(rule)")
      }
      #expect(!policy.contains("unsafe"))
      #expect(!policy.contains("*"))
      #expect(answer["x-content-type-options"] == "nosniff")
      #expect(answer["referrer-policy"] == "no-referrer")
    }
    #expect(try get(scene, "GET /assets/none.js").status == 404)
    #expect(try get(scene, "GET /assets/..%2Findex.html").status == 404)
    #expect(try get(scene, "HEAD /").body.bytes.isEmpty)
  }

  @Test("Every file that is loaded is there, and nothing is loaded from elsewhere")
  func references() throws {
    let names = Set(DashboardFile.assets.map(\.name))
    for file in DashboardFile.assets + [.page] {
      let text = String(decoding: file.bytes, as: UTF8.self)
      for match in text.matches(of: /(?:src|href)="assets\/([^"]+)"|from '\.\/([^']+)'/) {
        let name = String(match.1 ?? match.2 ?? "")
        #expect(names.contains(name), "\(file.name) loads \(name)")
      }
      let outside = text.matches(of: /https?:\/\/[^'" ]+/).map { String($0.0) }
      #expect(outside.allSatisfy { $0 == "http://www.w3.org/2000/svg" }, "\(file.name): \(outside)")
    }
  }

  @Test("No text becomes markup or code", arguments: DashboardFile.assets.map(\.name))
  func sinks(name: String) throws {
    let file = try #require(DashboardFile.assets.first { $0.name == name })
    let text = String(decoding: file.bytes, as: UTF8.self)
    for sink in [
      "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "DOMParser",
      "createContextualFragment", "setHTML", "javascript:", "localStorage", "document.cookie",
    ] {
      #expect(!text.contains(sink), "\(sink)")
    }
  }

  @Test("No line is longer than 120 characters, and none ends in blanks", arguments: DashboardFile.assets.map(\.name))
  func style(name: String) throws {
    let file = try #require(DashboardFile.assets.first { $0.name == name })
    for line in String(decoding: file.bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false) {
      #expect(line.count <= 120, "\(line)")
      #expect(!line.hasSuffix(" "), "\(line)")
    }
  }
}
