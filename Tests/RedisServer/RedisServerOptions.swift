/// What a server of the tests is to be like.
package struct RedisServerOptions: Sendable {
  /// Listen on a unix socket instead of a port.
  package var unixSocket = false
  /// For the user `default`.
  package var password: String?
  /// Further users as ACL rules, each beginning with the name: `alice on >secret ~flags:* +@read`. The users without
  /// `default` leave that one open unless `password` is set.
  package var users: [String] = []
  /// Serve TLS only, with these.
  package var tls: Certificates?
  package var appendOnly = false
  /// The rule for snapshots, `3600 1` for instance; empty: none.
  package var save = ""
  /// Further words of the command line, `["--maxmemory", "1mb"]` for instance.
  package var more: [String] = []

  package init() {}

  func arguments(port: UInt16, folder: TemporaryFolder) -> [String] {
    var words = ["--dir", folder.path, "--save", save, "--appendonly", appendOnly ? "yes" : "no"]
    words += ["--bind", "127.0.0.1", "--loglevel", "notice", "--daemonize", "no"]
    if let tls {
      words += ["--port", "0", "--tls-port", "\(port)", "--tls-auth-clients", "no"]
      words += ["--tls-cert-file", tls.certificate, "--tls-key-file", tls.key, "--tls-ca-cert-file", tls.authority]
    } else {
      words += ["--port", unixSocket ? "0" : "\(port)"]
    }
    if unixSocket { words += ["--unixsocket", folder.file("redis.sock")] }
    if !users.isEmpty {
      words += ["--aclfile", folder.file("users.acl")]
    } else if let password {
      words += ["--requirepass", password]
    }
    return words + more
  }

  /// What the ACL file says; it decides about `default` too.
  var aclText: String {
    let own = password.map { "default on >\($0) ~* &* +@all" } ?? "default on nopass ~* &* +@all"
    return ([own] + users).map { "user \($0)\n" }.joined()
  }
}
