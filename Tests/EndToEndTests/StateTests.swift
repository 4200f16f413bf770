import Foundation
import Glibc
import TestSupport
import Testing

@Suite("What a proxy keeps for itself, and what outranks the store", .ownThread)
struct StateTests {
  private static let full = #"{ "UNIFIED_CONVERSATION_ENABLED": 100 }"#

  /// A proxy that has run with everyone in unified and ended, and the folder that it left.
  private func folderOfAnEarlierRun() throws -> (folder: TemporaryFolder, stage: Stage) {
    let stage = try Stage(flags: Self.full)
    let kept = stage.proxy.folder.file("turnout.state/last-good")
    #expect(eventually { FileManager.default.fileExists(atPath: kept) })
    stage.proxy.terminate()
    #expect(stage.proxy.exitStatus() == .exited(0))
    return (stage.proxy.folder, stage)
  }

  @Test("A proxy starts without its store, with the flags that it kept, and says so", arguments: [nil, "{", "{}"])
  func lastGood(_ broken: String?) throws {
    let (folder, stage) = try folderOfAnEarlierRun()
    if let broken {
      try folder.write(broken, to: "flags.json")
    } else {
      try FileManager.default.removeItem(atPath: folder.file("flags.json"))
    }
    let proxy = try ProxyProcess(in: folder)
    #expect(folder.text("log").contains("starting with the last good flags"))
    #expect(try proxy.client().get(user: "lena").text == "unified")
    let (output, status) = try proxy.command("status")
    #expect(status == .exited(0))
    #expect(output.contains("the flags saved by an earlier run stay in force"))
    let warning = broken == nil ? "has not heard from the store for" : "has rejected the contents of the store for"
    #expect(output.contains("warning: the proxy \(warning)"))
    #expect(try proxy.command("status", "--json").output.contains(#""origin":"last-good""#))
    try proxy.setFlags(#"{ "UNIFIED_CONVERSATION_ENABLED": 0 }"#)
    #expect(try eventually { try proxy.client().get(user: "lena").text == "legacy" })
    #expect(try eventually { try proxy.metric("turnout_flag_source_stale_seconds") == 0 })
    withExtendedLifetime(stage) {}
  }

  @Test("A kept state that was damaged is not used, and the log says so")
  func damaged() throws {
    let (folder, stage) = try folderOfAnEarlierRun()
    let kept = folder.text("turnout.state/last-good")
    try folder.write(kept.replacing("100", with: "10"), to: "turnout.state/last-good")
    let proxy = try ProxyProcess(in: folder)
    #expect(folder.text("log").contains("its checksum does not match"))
    #expect(try proxy.client().get(user: "lena").text == "unified")
    proxy.terminate()
    _ = proxy.exitStatus()
    try folder.write("{", to: "turnout.state/last-good")
    try FileManager.default.removeItem(atPath: folder.file("flags.json"))
    let process = try Program(ProxyProcess.binary(), ["serve"], in: folder.path, log: folder.file("log"))
    #expect(process.wait() == .exited(78))
    withExtendedLifetime(stage) {}
  }

  @Test("The state is for its owner alone")
  func modes() throws {
    let stage = try Stage()
    let folder = stage.proxy.folder
    #expect(eventually { FileManager.default.fileExists(atPath: folder.file("turnout.state/last-good")) })
    for (path, mode) in [("turnout.state", 0o700), ("turnout.state/last-good", 0o600)] {
      let attributes = try FileManager.default.attributesOfItem(atPath: folder.file(path))
      #expect(attributes[.posixPermissions] as? Int == mode)
    }
  }

  @Test("on_loss: everyone goes to legacy when the store is away for too long, until it is back")
  func onLoss() throws {
    let stage = try Stage(settings: "flag_store: { on_loss: legacy after 1s }", flags: Self.full)
    let client = try stage.client()
    try FileManager.default.removeItem(atPath: stage.proxy.folder.file("flags.json"))
    pause(.milliseconds(300))
    #expect(try client.get(user: "lena").text == "unified")
    #expect(try eventually(within: .seconds(10)) { try client.get(user: "lena").text == "legacy" })
    #expect(try stage.proxy.command("status").output.contains("STORE LOST"))
    try stage.proxy.setFlags(Self.full)
    #expect(try eventually(within: .seconds(10)) { try client.get(user: "lena").text == "unified" })
  }

  @Test("SIGUSR1 kills one proxy; a crash right after and a new start leave it killed")
  func signal() throws {
    let stage = try Stage(flags: Self.full)
    let folder = stage.proxy.folder
    let client = try stage.client()
    #expect(try client.get(user: "lena").text == "unified")
    stage.proxy.send(SIGUSR1)
    #expect(eventually { folder.text("log").contains("KILLED locally by SIGUSR1") })
    #expect(folder.text("log").contains("turnout restore --local"))
    stage.proxy.crash()
    let proxy = try ProxyProcess(in: folder)
    #expect(try proxy.client().get(user: "lena").text == "legacy")
    #expect(folder.text("log").contains("this proxy is killed locally since"))
    #expect(try proxy.metric("turnout_local_kill") == 1)
    #expect(try proxy.command("status").output.contains("KILLED LOCALLY since"))
    let (output, status) = try proxy.command("set", "90")
    #expect(status == .exited(0), "\(output)")
    #expect(output.contains("note: this proxy is killed locally"))
    #expect(try proxy.client().get(user: "lena").text == "legacy")
    proxy.terminate()
    #expect(proxy.exitStatus() == .exited(0))
  }
}
