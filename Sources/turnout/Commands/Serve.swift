import ArgumentParser
import Configuration
import FlagStore
import Flags
import Logging
import Proxy
import Sharing

struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Run the proxy.")

  @OptionGroup var options: ProxyOptions

  func run() throws {
    let configuration = try options.load()
    let names = configuration.proxy.flagNames
    let published = Published(FlagSnapshot(generation: 0, flags: []))
    let watcher = FlagWatcher(path: configuration.flagsPath, flagNames: names, publish: { published.publish($0) }, logger: Logger(label: "turnout"))
    published.publish(try watcher.loadInitial())
    let proxy = try Proxy(configuration.proxy, flags: published)
    watcher.start()
    proxy.join()
  }
}
