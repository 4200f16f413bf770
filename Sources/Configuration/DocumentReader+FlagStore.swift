import FlagStore

/// Where the flags are, and what a proxy keeps for itself.
extension DocumentReader {
  mutating func readFlagStore(_ top: Section, into configuration: inout Configuration) {
    read("flags", of: top, as: .flagPlace, into: &configuration.flags)
    // A path that is wrong or missing leaves the default, which is next to the file as well.
    if case .file(let path) = configuration.flags { configuration.flags = .file(besideFile(path)) }
    let known = ["key_prefix", "ca_file", "on_loss", "largest_step"]
    guard let section = section(top.values["flag_store"], at: "flag_store", known: known) else { return }
    var settings = configuration.flagStore
    read("key_prefix", of: section, as: .keyPrefix, into: &settings.keyPrefix)
    var caFile = ""
    read("ca_file", of: section, as: .filePath, into: &caFile)
    if !caFile.isEmpty { settings.caFile = besideFile(caFile) }
    read("on_loss", of: section, as: .lossPolicy, into: &settings.onLoss)
    read("largest_step", of: section, as: .step, into: &settings.largestStep)
    configuration.flagStore = settings
    configuration.flags = configuration.flags.with(settings)
  }

  mutating func readOwnThings(_ top: Section, into configuration: inout Configuration) {
    read("name", of: top, as: .proxyName, into: &configuration.name)
    read("state", of: top, as: .folderPath, into: &configuration.state)
    configuration.state = besideFile(configuration.state)
    read("admin_socket", of: top, as: .adminSocket, into: &configuration.adminSocketChoice)
    if case .path(let path) = configuration.adminSocketChoice {
      configuration.adminSocketChoice = .path(besideFile(path))
    }
    guard let node = top.values["admin_hosts"],
      let items = items(node, at: "admin_hosts", of: "host names", atMost: Ranges.adminHosts)
    else { return }
    configuration.adminHosts = values(of: items, at: "admin_hosts", as: .hostName)
  }
}
