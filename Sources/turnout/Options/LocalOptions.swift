import ArgumentParser

/// What `kill` and `restore` take besides: this proxy alone, past the store.
struct LocalOptions: ParsableArguments {
  @Flag(name: .long, help: "This proxy alone, by its admin API; works while the store is down.")
  var local = false

  @Option(
    help: ArgumentHelp(
      "With --local over TCP: the file with the token. Default: $TURNOUT_TOKEN, else admin.token in the state folder.",
      valueName: "file"),
    completion: .file())
  var tokenFile: String?
}
