import Glibc
import TestSupport

/// A real nginx of the test's own, which says its name under every path and serves files under /files/; under /user it says who asks.
final class Nginx: Sendable {
  let name: String
  let port: UInt16
  let folder: TemporaryFolder
  private let process: Program

  /// Without a port it takes a free one; a second one on the port of a first takes its place when that is gone.
  init(_ name: String, port: UInt16? = nil) throws {
    let folder = try TemporaryFolder()
    let port = try port ?? FreePort.take()
    try folder.write(Self.configuration(name, port, folder.path), to: "nginx.conf")
    let programs: [String] = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"]
    guard let program = programs.first(where: { access($0, X_OK) == 0 }) else {
      throw SetupError("nginx is not installed: apt-get install nginx-light")
    }
    let arguments = ["-p", folder.path, "-e", folder.file("error.log"), "-c", folder.file("nginx.conf")]
    let process = try Program(program, arguments, in: folder.path, log: folder.file("log"))
    let isUp = eventually(within: .seconds(10)) {
      process.exitStatus != nil || (try? WireConnection.connect(to: port)) != nil
    }
    guard isUp, process.exitStatus == nil else {
      throw SetupError("nginx does not come up: \(folder.text("log"))\(folder.text("error.log"))")
    }
    self.name = name
    self.port = port
    self.folder = folder
    self.process = process
  }

  /// One process, so that one signal ends it.
  private static func configuration(_ name: String, _ port: UInt16, _ folder: String) -> String {
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map { "\($0)_temp_path \(folder)/\($0);" }
    return """
      daemon off;
      master_process off;
      pid \(folder)/pid;
      error_log \(folder)/error.log crit;
      events { worker_connections 1024; }
      http {
        \(temporary.joined(separator: " "))
        access_log off;
        keepalive_requests 1000000;
        server {
          listen 127.0.0.1:\(port) backlog=1024 reuseport;
          location / { return 200 "\(name)"; }
          location = /user { return 200 "$http_x_user_id"; }
          location /files/ { root \(folder); }
        }
      }
      """
  }

  func killNow() {
    process.send(SIGKILL)
    _ = process.wait()
  }

  func stall() { process.send(SIGSTOP) }
}
