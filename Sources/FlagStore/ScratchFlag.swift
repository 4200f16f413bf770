internal import Flags
internal import Glibc
internal import Reactor

/// A flag in a store of its own beside the real one, for trying what operators do: the same server and the same rights, or
/// the same folder, but nothing that a proxy reads or is told of.
///
/// In Redis its keys are `turnout:drill:NUMBER:...` behind the key prefix, and every write gives them a minute to live in
/// the same step, so that a crash leaves nothing. Of a file, what a crash has left is removed an hour later, by the next
/// drill.
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

  /// Nothing of it is left.
  package func remove() throws(FlagStoreError) { try cleanUp() }

  private static func removeFiles(of file: String) {
    let place = System.split(file)
    System.remove(file)
    System.remove(FlagFile.auditPath(of: file))
    System.remove("\(place.directory)/.\(place.name).lock")
    System.remove("\(place.directory)/.\(place.name).tmp")
  }

  private static func removeLeftovers(in folder: String) {
    guard let entries = unsafe opendir(folder) else { return }
    defer { unsafe closedir(entries) }
    while let entry = unsafe readdir(entries) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      let path = "\(folder)/\(name)"
      // The lock has a point more in front.
      guard name.hasPrefix(fileMark) || name.hasPrefix("." + fileMark),
        let status = try? Descriptor(opening: path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).status(),
        status.st_mtim.tv_sec < Timestamp.nowSeconds() - 3_600
      else { continue }
      System.remove(path)
    }
  }
}
