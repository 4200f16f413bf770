import Bytes
import Concurrency
import Foundation
import Glibc
import HTTPWire
import Reactor
import Synchronization
import TestSupport
import Testing

@testable import Proxy

/// The thread that writes: everything between a worker's hand and the file.
@Suite struct AccessLogTests {
  @Test("Every line of two workers is in the file when it is closed, whole and once")
  func everyLine() throws {
    let stage = try LogStage(workers: 2)
    stage.start()
    for number in 0..<5_000 { stage.write(number, worker: number % 2) }
    stage.log.close(withinMilliseconds: 5_000)
    let numbers = try stage.numbers(in: "log")
    #expect(numbers.sorted() == Array(0..<5_000))
    // A worker's own lines are in their order.
    #expect(numbers.filter { $0 % 2 == 0 } == Array(stride(from: 0, to: 5_000, by: 2)))
    #expect(stage.log.writtenLines == 5_000)
    #expect(stage.log.droppedLines == 0)
    #expect(stage.log.writeErrors == 0)
    #expect(stage.events.isEmpty)
  }

  @Test("However soon the end comes after the last request, its line is there")
  func suddenEnd() throws {
    for _ in 0..<300 {
      let stage = try LogStage()
      stage.start()
      for number in 0..<50 { stage.write(number) }
      stage.log.close(withinMilliseconds: 5_000)
      #expect(try stage.numbers(in: "log") == Array(0..<50))
    }
  }

  @Test("A file that was moved away is opened anew, and no line is lost")
  func rotation() throws {
    let stage = try LogStage()
    stage.start()
    for round in 0..<10 {
      for number in 0..<100 { stage.write(round * 100 + number) }
      try FileManager.default.moveItem(atPath: stage.file("log"), toPath: stage.file("log.\(round)"))
      stage.log.reopen()
      #expect(eventually { FileManager.default.fileExists(atPath: stage.file("log")) })
    }
    stage.log.close(withinMilliseconds: 5_000)
    let numbers = try (0..<10).flatMap { try stage.numbers(in: "log.\($0)") } + stage.numbers(in: "log")
    #expect(numbers == Array(0..<1_000))
    #expect(stage.events == Array(repeating: .reopened(stage.file("log")), count: 10))
  }

  @Test("A folder that is gone when the file is opened anew costs no line: the old file goes on")
  func failedRotation() throws {
    let stage = try LogStage(path: "sub/log")
    stage.start()
    stage.write(1)
    #expect(eventually { stage.log.writtenLines == 1 })
    try FileManager.default.moveItem(atPath: stage.file("sub"), toPath: stage.file("moved"))
    stage.log.reopen()
    #expect(eventually { stage.log.writeErrors == 1 })
    stage.write(2)
    #expect(eventually { stage.log.writtenLines == 2 })
    try FileManager.default.createDirectory(atPath: stage.file("sub"), withIntermediateDirectories: true)
    #expect(eventually { stage.events.last == .reopened(stage.file("sub/log")) })
    stage.write(3)
    stage.log.close(withinMilliseconds: 5_000)
    #expect(try stage.numbers(in: "moved/log") == [1, 2])
    #expect(try stage.numbers(in: "sub/log") == [3])
    #expect(stage.events.count == 2)
  }

  @Test("A full disk is told once and counted, nobody waits, and what does not fit is dropped")
  func fullDisk() throws {
    let stage = try LogStage(path: "/dev/full")
    stage.start()
    for number in 0..<20_000 { stage.write(number) }
    #expect(eventually { stage.log.writeErrors > 0 })
    #expect(stage.log.droppedLines > 0)
    #expect(stage.log.writtenLines == 0)
    let began = ContinuousClock.now
    stage.log.close(withinMilliseconds: 300)
    #expect(ContinuousClock.now - began < .seconds(3))
    let events = stage.events
    #expect(events.count { if case .failed = $0 { true } else { false } } == 1)
    #expect(events.contains { if case .dropped = $0 { true } else { false } })
    #expect(events.last == .abandoned(lines: 20_000 - Int(stage.log.droppedLines)))
  }

  @Test("A reader who stalls holds nothing but the log; a file in the place of the FIFO begins with a whole line")
  func stalledReader() throws {
    let stage = try LogStage(fifo: true)
    stage.start()
    let total = 20_000
    for number in 0..<total { stage.write(number) }
    let reader = open(stage.file("log"), O_RDWR | O_NONBLOCK)
    defer { close(reader) }
    // Then it ends in the middle of a line.
    #expect(eventually { LogStage.isFull(reader) && stage.log.droppedLines > 0 })
    try FileManager.default.removeItem(atPath: stage.file("log"))
    stage.log.reopen()
    #expect(eventually { stage.events.contains(.reopened(stage.file("log"))) })
    stage.log.close(withinMilliseconds: 5_000)
    let numbers = try stage.numbers(in: "log")
    let inFIFO = LogStage.read(reader).split(separator: "\n").compactMap { LogStage.number(of: String($0)) }
    #expect(inFIFO == Array(0..<inFIFO.count))
    #expect(inFIFO.count > 10)
    #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 })
    // At most one line was cut, the one between.
    #expect([inFIFO.count, inFIFO.count + 1].contains(try #require(numbers.first)))
    #expect(numbers[0] + numbers.count + Int(stage.log.droppedLines) == total)
  }

  @Test("A FIFO without a reader keeps what it has room for until one comes")
  func lateReader() throws {
    let stage = try LogStage(fifo: true)
    stage.start()
    for number in 0..<50 { stage.write(number) }
    #expect(eventually { stage.log.writtenLines == 50 })
    let reader = open(stage.file("log"), O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    let lines = LogStage.read(reader).split(separator: "\n").compactMap { LogStage.number(of: String($0)) }
    #expect(lines == Array(0..<50))
    stage.log.close(withinMilliseconds: 5_000)
  }

  @Test("A path that cannot be opened is an error before anything starts")
  func noFolder() throws {
    var settings = ProxySettings()
    settings.accessLog.destination = .file("/nowhere/at/all")
    let error = #expect(throws: SystemError.self) { try AccessLog.open(settings, hash: nil) { _ in } }
    #expect(error?.description == "/nowhere/at/all: No such file or directory")
    settings.accessLog.destination = .none
    #expect(try AccessLog.open(settings, hash: nil) { _ in } == nil)
  }

  @Test("A file that the log makes is for its owner and group; one that is there is appended to")
  func fileMode() throws {
    let stage = try LogStage()
    let attributes = try FileManager.default.attributesOfItem(atPath: stage.file("log"))
    #expect((attributes[.posixPermissions] as? Int).map { $0 & 0o137 } == 0)
    try "first\n".write(toFile: stage.file("log"), atomically: false, encoding: .utf8)
    stage.start()
    stage.write(7)
    stage.log.close(withinMilliseconds: 5_000)
    let text = try String(contentsOfFile: stage.file("log"), encoding: .utf8)
    #expect(text.hasPrefix("first\n{"))
    #expect(text.hasSuffix("}\n"))
  }

  @Test("About as many successes are kept as the share says", arguments: [0, 0.01, 0.5, 0.999])
  func sampling(share: Double) throws {
    var settings = AccessLogSettings()
    settings.sample = share
    let tap = AccessTap(settings, ring: ByteRing(capacity: 4_096), wakeup: try Wakeup(), clients: 1)
    var random = RandomBits()
    let kept = (0..<100_000).count { _ in tap.keeps(random.next()) }
    // Six standard deviations: one run in a thousand million fails.
    #expect(abs(Double(kept) - share * 100_000) <= 6 * (100_000 * share * (1 - share)).squareRoot() + 1e-9)
    let isSampling = tap.isSampling
    #expect(isSampling)
  }
}

/// A log with workers' hands, in a folder of its own.
final class LogStage: Sendable {
  let log: AccessLog
  private let folder: TemporaryFolder
  private let taps: Mutex<[TapBox]>
  private let reports: Reports

  private final class Reports: Sendable {
    let events = Mutex<[AccessLogEvent]>([])
  }

  /// A tap cannot be an element of an array.
  private final class TapBox: @unchecked Sendable {
    var tap: AccessTap
    init(_ tap: consuming AccessTap) { self.tap = tap }
  }

  init(path: String = "log", workers: Int = 1, fifo: Bool = false) throws {
    let folder = try TemporaryFolder()
    let place = path.hasPrefix("/") ? path : folder.file(path)
    if !path.hasPrefix("/") {
      try FileManager.default.createDirectory(
        atPath: (place as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    }
    if fifo { try #require(mkfifo(place, 0o600) == 0) }
    var settings = ProxySettings()
    settings.workers = workers
    settings.accessLog.destination = .file(place)
    let reports = Reports()
    let log = try #require(
      try AccessLog.open(settings, hash: nil) { event in reports.events.withLock { $0.append(event) } })
    self.folder = folder
    self.reports = reports
    self.log = log
    taps = Mutex((0..<workers).map { TapBox(log.tap($0, clients: 4)) })
  }

  var events: [AccessLogEvent] { reports.events.withLock { $0 } }

  func start() { try? log.start() }

  func file(_ name: String) -> String { folder.file(name) }

  /// A request whose target is that number.
  func write(_ number: Int, worker: Int = 0) {
    taps.withLock { taps in
      let box = taps[worker]
      var input = StreamBuffer(capacity: 256, headroom: 0)
      guard input.receive(Array("GET /\(number) HTTP/1.1\r\nHost: t\r\n\r\n".utf8).span.bytes) else { return }
      var fields = FieldTable(capacity: 4)
      let head = try? parseRequestHead(input.received, limits: HeadLimits(), fields: &fields)
      guard let head else { return }
      box.tap.noteHead(number % 4, head, &input, fields)
      var exchange = Exchange()
      exchange.status = 200
      box.tap.noteEnd(number % 4, exchange, PeerAddress(), now: 1, flagCount: 0)
    }
  }

  /// The numbers of the lines, each of which has to be one.
  func numbers(in name: String) throws -> [Int] {
    try String(contentsOfFile: file(name), encoding: .utf8).split(separator: "\n").map {
      try #require(Self.number(of: String($0)), "\($0)")
    }
  }

  /// Nil for what is no whole line.
  static func number(of line: String) -> Int? {
    let object = (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any]
    return (object?["target"] as? String).flatMap { Int($0.dropFirst()) }
  }

  /// Whether a FIFO takes nothing more.
  static func isFull(_ descriptor: Int32) -> Bool {
    var polled = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return poll(&polled, 1, 0) == 0
  }

  /// All that a descriptor has to give now.
  static func read(_ descriptor: Int32) -> String {
    var (all, piece) = ([UInt8](), [UInt8](repeating: 0, count: 65_536))
    while true {
      let count = Glibc.read(descriptor, &piece, piece.count)
      guard count > 0 else { break }
      all += piece.prefix(count)
    }
    return String(decoding: all, as: UTF8.self)
  }
}
