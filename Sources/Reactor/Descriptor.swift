internal import CLinux

/// An open file descriptor that is closed when its owner goes.
public struct Descriptor: ~Copyable, Sendable {
  public let number: Int32

  public init(owning number: Int32) { self.number = number }

  deinit { _ = close(number) }
}
