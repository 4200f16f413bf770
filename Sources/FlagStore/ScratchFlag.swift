internal import Flags
internal import Glibc
internal import Reactor

/// A flag in a store of its own beside the real one, to rehearse what operators do: the same server and rights, or the same
/// folder, but nothing that a proxy reads.
///
/// In Redis its keys are `turnout:drill:NUMBER:...` after the key prefix, and every write sets their expiry to a minute in
/// the same step, so that a crash leaves nothing. A file that a crash has left is removed by the first drill an hour later.
package struct ScratchFlag: Sendable {
  package static let name = "TURNOUT_DRILL"
  static let expirySeconds = 60
  private static let fileMark = ".turnout-drill-"

  package let source: any FlagSource
  private let cleanUp: @Sendable () throws(FlagStoreError) -> Void

  package init(beside place: FlagLocation) throws(FlagStoreError) {
    switch place {
    case .redis(var place):
      place.keyPrefix += "turnout:drill:\(UInt32.random(in: 0 ... .max)):"
      let flags = RedisFlags(place, expirySeconds: Self.expirySeconds)
      source = flags
      cleanUp = { () throws(FlagStoreError) in try flags.removeAll(of: Self.name) }
    case .file(let path):
      guard let target = System.realPath(path) else { throw .fileMissing(file: path) }
      let folder = System.split(target).directory
      Self.removeLeftovers(in: folder)
      let file = "\(folder)/\(Self.fileMark)\(getpid())-\(UInt32.random(in: 0 ... .max)).json"
      do throws(System.Failure) {
        let descriptor = try Descriptor(opening: file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        try descriptor.writeAll(Array("{ \"\(Self.name)\": 0 }\n".utf8))
      } catch { throw .system(operation: "make a file beside it", file: path, number: error.number) }
      source = FlagFile(file)
      cleanUp = { () throws(FlagStoreError) in Self.removeFiles(of: file) }
    }
  }

  package func remove() throws(FlagStoreError) { try cleanUp() }

  private static func removeFiles(of file: String) {
    let place = System.split(file)
    System.remove(file)
    System.remove(FlagFile.auditPath(of: file))
    System.remove("\(place.directory)/.\(place.name).lock")
    System.remove("\(place.directory)/.\(place.name).tmp")
  }

  private static func removeLeftovers(in folder: String) {
    for name in System.names(in: folder) {
      let path = "\(folder)/\(name)"
      // The name of the lock file begins with one more dot.
      guard name.hasPrefix(fileMark) || name.hasPrefix("." + fileMark),
        let status = try? Descriptor(opening: path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).status(),
        status.st_mtim.tv_sec < Timestamp.nowSeconds() - 3_600
      else { continue }
      System.remove(path)
    }
  }
}
