internal import Dashboard
internal import LocalServer

// The dashboard: a page and its files. It reads and changes through the same paths as any client.
extension AdminView {
  var dashboardRoutes: [AdminRoute] {
    [
      AdminRoute("GET", "/", .reads) { _ in Self.response(.page) },
      AdminRoute("GET", "/assets/{name}", .reads) { call in
        guard let file = DashboardFile.assets.first(where: { $0.name == call.key }) else {
          return ErrorBody(error: "The dashboard has no such file.").response(status: 404)
        }
        return Self.response(file)
      },
    ]
  }

  private static func response(_ file: DashboardFile) -> Response {
    Response(contentType: file.contentType, headers: securityHeaders, body: .whole(file.bytes))
  }

  /// Only our own files run, style or connect, no page may frame ours, and no text becomes markup (Content Security
  /// Policy 3, Trusted Types).
  private static let securityHeaders = [
    Header(
      "Content-Security-Policy",
      """
      default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
      base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
      require-trusted-types-for 'script'; trusted-types 'none'
      """),
    Header("X-Content-Type-Options", "nosniff"),
    Header("Referrer-Policy", "no-referrer"),
    Header("Cross-Origin-Opener-Policy", "same-origin"),
    Header("Cross-Origin-Resource-Policy", "same-origin"),
  ]
}
