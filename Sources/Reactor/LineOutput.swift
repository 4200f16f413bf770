internal import Bytes
internal import CLinux
internal import Glibc

/// Where lines are appended: a file, a FIFO or standard output. Nothing here waits for whoever reads, but for a disk that
/// is slow to take a file's bytes.
public struct LineOutput: ~Copyable {
  private let number: Int32
  private let isOwned: Bool
  /// A write to something else than a file may come to a halt in the middle, and standard output may not be told to return
  /// at once: that would change it for whoever shares it. What a pipe has room for, it takes in pieces of at most PIPE_BUF
  /// bytes without a halt (pipe(7)).
  private let piece: Int

  private static let pipePiece = 4_096

  private init(number: Int32, isOwned: Bool, piece: Int) {
    self.number = number
    self.isOwned = isOwned
    self.piece = piece
  }

  deinit { if isOwned { _ = Glibc.close(number) } }

  /// Opens what is at `path`, a new file if there is nothing. A FIFO may be without a reader: it holds what it has room for
  /// until there is one.
  public init(appendingTo path: String) throws(SystemError) {
    var status = stat()
    let isFIFO = unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
    let flags = (isFIFO ? O_RDWR : O_WRONLY | O_APPEND | O_CREAT) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
    let number = retryingInterrupted { unsafe open(path, flags, 0o640) }
    guard number >= 0 else { throw .last(path) }
    self.init(number: number, isOwned: true, piece: .max)
  }

  public static func standardOutput() -> LineOutput {
    var status = stat()
    let isFile = unsafe fstat(STDOUT_FILENO, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    return LineOutput(number: STDOUT_FILENO, isOwned: false, piece: isFile ? .max : pipePiece)
  }

  /// Writes once as much of `bytes` as is taken now. `failed` leaves `errno`.
  public func write(_ bytes: RawSpan) -> Transfer {
    if piece != .max, !waitWritable(orWoken: nil, milliseconds: 0) { return .wouldBlock }
    let count = retryingInterrupted { unsafe Glibc.write(number, bytes.baseAddress, min(bytes.byteCount, piece)) }
    if count >= 0 { return .moved(count) }
    return errno == EAGAIN ? .wouldBlock : .failed
  }

  /// Whether bytes are taken again, after waiting for that, for `wakeup`, or for as long as that.
  @discardableResult
  public func waitWritable(orWoken wakeup: Wakeup?, milliseconds: Int32) -> Bool {
    var polled = [
      pollfd(fd: number, events: Int16(POLLOUT), revents: 0),
      pollfd(fd: wakeup?.descriptor.number ?? -1, events: Int16(POLLIN), revents: 0),
    ]
    _ = unsafe poll(&polled, 2, milliseconds)
    // An error or an end shows at the next write.
    return polled[0].revents != 0
  }

  /// Whether both lead to the same file.
  public func isSame(as other: borrowing LineOutput) -> Bool {
    var (one, two) = (stat(), stat())
    guard unsafe fstat(number, &one) == 0, unsafe fstat(other.number, &two) == 0 else { return false }
    return one.st_dev == two.st_dev && one.st_ino == two.st_ino
  }
}
