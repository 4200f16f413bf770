import Foundation
import TestSupport
import Testing

/// What is done and what must be true stands in Tests/Guide.
@Suite("The migration guide, played from day 0 to day 14", .ownThread)
struct GuideTests {
  @Test("100 000 contexts move to unified and back while users talk, and no message is lost")
  func play() throws {
    try Guide(["--innodb-log-file-size=256M", "--innodb-flush-log-at-trx-commit=0"]).play("play.py")
  }

  @Test("With the application that the guide is about, every user has on each side what the application would have")
  func playApplication() throws {
    try Guide().play("play_application.py", "--contexts", "1000", "--talkers", "60")
  }

  @Test("The model of that application reads, fails and forgets as the application does")
  func model() throws {
    let guide = try Guide()
    try guide.run(
      ["-m", "pytest", "-q", "-p", "no:cacheprovider", Guide.file("test_application.py")],
      environment: ["REDIS_URL": guide.redis.address(), "MYSQL_URL": guide.mysql])
  }

  private struct Guide {
    let folder: TemporaryFolder
    let redis: RedisServer
    let mariadb: MariaDBServer

    /// - Parameter more: further words of the command line of MariaDB.
    init(_ more: [String] = []) throws {
      folder = try TemporaryFolder()
      redis = try RedisServer()
      mariadb = try MariaDBServer(tls: nil, more)
      try mariadb.sql("CREATE USER app@localhost IDENTIFIED BY 'secret'; GRANT ALL ON shop.* TO app@localhost")
    }

    static func file(_ name: String) -> String { Repository.root + "/Tests/Guide/" + name }

    var mysql: String { "mysql://app:secret@localhost/shop?socket=\(mariadb.socketPath)" }

    func play(_ script: String, _ more: String...) throws {
      try run(
        [
          Self.file(script), "--turnout", ProxyProcess.binary(), "--redis", redis.address(), "--mysql", mysql,
          "--folder", folder.path,
        ] + more)
    }

    func run(_ words: [String], environment: [String: String] = [:]) throws {
      let play = try Program(
        PythonEnvironment.program("python"), words, in: folder.path,
        environment: environment.merging(["PYTHONDONTWRITEBYTECODE": "1"]) { $1 },
        log: folder.file("log"))
      #expect(play.wait() == .exited(0), "\(folder.text("log").suffix(30_000))")
    }
  }
}
