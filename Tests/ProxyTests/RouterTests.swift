import Bytes
import Flags
import Testing

@testable import Proxy

@Suite struct RouterTests {
  private static let flags = ["root", "api", "v2", "static"]

  @Test(
    "The longest path that ends at a segment boundary wins, whatever the order of the routes",
    arguments: [
      ("/", 0), ("/x", 0), ("*", 0), ("", 0), ("/api", 1), ("/api/", 1), ("/api/x", 1), ("/apix", 0), ("/ap", 0),
      ("/API", 0), ("/api/v2", 2), ("/api/v2/chat", 2), ("/api/v20", 1), ("/api/v", 1), ("//api", 0),
    ] as [(String, Int)])
  func longest(path: String, flag: Int) {
    let routes = [route("/", "root"), route("/api", "api"), route("/api/v2", "v2")]
    for order in [routes, routes.reversed(), [routes[1], routes[0], routes[2]]] {
      let router = Router(order, flagNames: Self.flags)
      #expect(decider(router, path) == .flag(flag))
    }
  }

  @Test(
    "A route that ends in a slash serves what lies below it, one that does not also the path itself",
    arguments: [
      (["/static/"], "/static", 0), (["/static/"], "/static/", 3), (["/static/"], "/static/x", 3),
      (["/static/"], "/staticx", 0), (["/static"], "/static", 3), (["/static"], "/static/", 3),
      (["/static"], "/static/x", 3), (["/static"], "/staticx", 0),
    ] as [([String], String, Int)])
  func slashes(paths: [String], path: String, flag: Int) {
    let router = Router([route("/", "root")] + paths.map { route($0, "static") }, flagNames: Self.flags)
    #expect(decider(router, path) == .flag(flag))
  }

  @Test("With both spellings each serves its own")
  func bothSpellings() {
    let router = Router(
      [route("/static", "api"), route("/", "root"), route("/static/", "static")], flagNames: Self.flags)
    #expect(decider(router, "/static") == .flag(1))
    #expect(decider(router, "/static/") == .flag(3))
    #expect(decider(router, "/static/x") == .flag(3))
  }

  @Test("A route may send everyone to one cohort, and one flag may serve several")
  func targets() {
    let router = Router(
      [
        route("/", "root"), RouteSettings(path: "/old", target: .cohort(.legacy)),
        RouteSettings(path: "/new", target: .cohort(.unified)), route("/old/api", "root"),
      ], flagNames: ["root"])
    #expect(decider(router, "/old/x") == .cohort(.legacy))
    #expect(decider(router, "/new") == .cohort(.unified))
    #expect(decider(router, "/old/api") == .flag(0))
  }

  @Test("The flags of the routes are numbered in their order, each once")
  func numbering() {
    var settings = ProxySettings()
    settings.routes = [route("/b", "b"), route("/a", "a"), RouteSettings(path: "/c", target: .cohort(.legacy))]
    settings.routes += [route("/a2", "a"), route("/", "c")]
    #expect(settings.flagNames == ["b", "a", "c"])
  }

  private func route(_ path: String, _ flag: String) -> RouteSettings { RouteSettings(path: path, target: .flag(flag)) }

  private func decider(_ router: borrowing Router, _ path: String) -> Router.Decider {
    router.decider(for: Array(path.utf8).span.bytes)
  }
}
