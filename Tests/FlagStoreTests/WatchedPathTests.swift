import Flags
import Foundation
import TestSupport
import Testing

@testable import FlagStore

/// Links and folders on the way to the file.
@Suite struct WatchedPathTests {
  @Test("Each folder that holds a link or the file is watched, and the deepest there is when a part is missing")
  func directories() throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("data/v1")
    try folder.overwrite("{}", in: "data/v1/flags.json")
    try folder.link("data/current", to: "v1")
    try folder.link("flags.json", to: "data/current/../current/flags.json")
    let root = try #require(System.realPath(folder.path))
    let path = WatchedPath(root + "/flags.json")
    #expect(path.directories == [root, root + "/data", root + "/data/v1"])
    #expect(path.names == ["flags.json", "current"])
    let missing = WatchedPath(root + "/no/such/flags.json")
    #expect(missing.directories == [root])
    #expect(missing.names == ["no"])
    try folder.link("loop", to: "loop")
    #expect(WatchedPath(root + "/loop").directories == [root])
    #expect(WatchedPath("flags.json").directories == [System.realPath(".")])
  }

  @Test("The swap of a link to a folder, as Kubernetes does it, is seen, and so is an edit behind the new one")
  func kubernetes() throws {
    let folder = try TemporaryFolder()
    for (version, percentage) in [("..1", 10), ("..2", 20)] {
      try folder.makeFolder(version)
      try folder.overwrite("{\"F\": \(percentage)}", in: version + "/flags.json")
    }
    try folder.link("..data", to: "..1")
    try folder.link("flags.json", to: "..data/flags.json")
    let watched = try WatchedFolder(folder)
    try folder.link("..data_tmp", to: "..2")
    let start = ContinuousClock.now
    try folder.move("..data_tmp", to: "..data")
    try watched.expect(percentage: 20)
    print("link swap to publish: \(try #require(watched.published.all.first).at - start)")
    try folder.overwrite("{\"F\": 30}", in: "..2/flags.json")
    try watched.expect(percentage: 30)
    try folder.overwrite("{\"F\": 40}", in: "..1/flags.json")
    usleep(20_000)
    #expect(watched.threshold == 30_000)
  }

  @Test("The link itself may be swapped, to a file in another folder")
  func swappedLink() throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("other")
    try folder.overwrite("{\"F\": 1}", in: "one.json")
    try folder.overwrite("{\"F\": 2}", in: "other/two.json")
    try folder.link("flags.json", to: "one.json")
    let watched = try WatchedFolder(folder)
    try folder.link("new", to: "other/two.json")
    try folder.move("new", to: "flags.json")
    try watched.expect(percentage: 2)
    try folder.write("{\"F\": 3}", to: "other/two.json")
    try watched.expect(percentage: 3)
    try folder.remove("other/two.json")
    watched.expect(error: "there is no such file")
    try folder.overwrite("{\"F\": 4}", in: "other/two.json")
    try watched.expect(percentage: 4)
  }

  @Test("The folder may go and come back, removed, or moved away and replaced")
  func folderGone() throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("a/b")
    try folder.overwrite("{\"F\": 1}", in: "a/b/flags.json")
    let watched = try WatchedFolder(folder, path: "a/b/flags.json")
    try folder.remove("a")
    watched.expect(error: "there is no such file")
    try folder.makeFolder("a/b")
    try folder.overwrite("{\"F\": 2}", in: "a/b/flags.json")
    try watched.expect(percentage: 2)
    try folder.makeFolder("new/b")
    try folder.overwrite("{\"F\": 3}", in: "new/b/flags.json")
    try folder.move("a", to: "old")
    try folder.move("new", to: "a")
    try watched.expect(percentage: 3, "moved above the watched folder: the poll finds it")
    try folder.overwrite("{\"F\": 4}", in: "a/b/flags.json")
    try watched.expect(percentage: 4)
    #expect(watched.errors.all.count == 1)
  }
}
