import FlagStore

extension FlagPlace {
  /// What speaks to the store at this place.
  func source() throws(FlagStoreError) -> any FlagSource {
    switch self {
    case .file(let path): return FlagFile(path)
    case .redis: throw .refused(place: description, reason: "this build keeps flags in files only")
    }
  }
}
