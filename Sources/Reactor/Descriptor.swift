internal import CLinux

/// An open file descriptor that is closed when its owner goes.
package struct Descriptor: ~Copyable, Sendable {
  package let number: Int32

  package init(owning number: Int32) { self.number = number }

  deinit { _ = close(number) }
}
