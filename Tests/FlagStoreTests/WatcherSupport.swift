import Flags
import Foundation
import Logging
import TestSupport
import Testing

@testable import FlagStore

/// A watcher of one folder's flags.json with what it published and logged.
final class WatchedFolder: Sendable {
  let folder: TemporaryFolder
  let watcher: FlagWatcher
  let flags: FlagsInForce
  /// After the first.
  let published: Record<(snapshot: FlagSnapshot, at: ContinuousClock.Instant)>
  let errors: Record<String>

  /// Over flags.json in `folder`, loaded and started.
  init(_ folder: TemporaryFolder, path: String = "flags.json", flags: [String] = ["F"]) throws {
    let published = Record<(snapshot: FlagSnapshot, at: ContinuousClock.Instant)>()
    let errors = Record<String>()
    var logger = Logger(label: "test") { _ in ErrorRecorder(errors: errors) }
    logger.logLevel = .error
    self.folder = folder
    self.published = published
    self.errors = errors
    self.flags = FlagsInForce(
      names: flags, place: folder.file(path), publish: { if $0.generation > 1 { published.append(($0, .now)) } },
      logger: logger)
    watcher = FlagWatcher(FlagFile(folder.file(path)), into: self.flags, logger: logger)
    try watcher.begin()
    watcher.start()
  }

  deinit { watcher.stop() }

  var threshold: Int? { flags.status().flags.first?.percentage.threshold }

  /// Waits until the flag in force has this percentage.
  func expect(percentage: Double, _ comment: Comment? = nil) throws {
    let threshold = try Percentage(percentage).threshold
    eventually { self.threshold == threshold && self.flags.status().isValid }
    #expect(self.threshold == threshold, comment)
    #expect(flags.status().isValid, comment)
  }

  /// Waits for a fault whose text contains `part`.
  func expect(error part: String) {
    eventually { self.flags.status().error?.contains(part) == true }
    #expect(flags.status().error?.contains(part) == true, "\(flags.status())")
    #expect(!flags.status().isValid)
  }
}

final class Record<Element>: @unchecked Sendable {
  private let lock = NSLock()
  private var elements: [Element] = []

  func append(_ element: Element) { lock.withLock { elements.append(element) } }
  var all: [Element] { lock.withLock { elements } }
}

struct ErrorRecorder: LogHandler {
  let errors: Record<String>
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.error

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) { errors.append("\(event.message)") }
}
