import Flags
import FlagStore
import Logging
import Proxy
import Sharing

var settings = ProxySettings()
settings.listen = [Endpoint(host: "127.0.0.1", port: UInt16(CommandLine.arguments[1])!)]
settings.legacy.servers = [Endpoint(host: "127.0.0.1", port: UInt16(CommandLine.arguments[2])!)]
settings.unified.servers = [Endpoint(host: "127.0.0.1", port: UInt16(CommandLine.arguments[3])!)]
settings.routes = [RouteSettings(path: "/", target: .flag("UNIFIED_CONVERSATION_ENABLED"))]
let flag = Flag(name: "UNIFIED_CONVERSATION_ENABLED", percentage: try Percentage(50))
let published = Published(FlagSnapshot(generation: 1, flags: [flag]))
let proxy = try Proxy(settings, flags: published)
print(proxy.addresses)
proxy.join()
