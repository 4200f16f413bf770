/// What a head may take. A request beyond them gets 431, a target 414; a response beyond them becomes 502.
public struct HeadLimits: Sendable {
  /// From the first byte through the empty line, a leading empty line included.
  public var headBytes = 16_384
  public var targetBytes = 8_192
  /// Field lines; the capacity of the table is a limit too.
  public var fields = 100

  /// Offsets into a head are 32 bits wide.
  var clampedHeadBytes: Int { @inline(__always) get { min(headBytes, 1 &<< 30) } }

  public init() {}

  public init(headBytes: Int, targetBytes: Int, fields: Int) {
    self.headBytes = headBytes
    self.targetBytes = targetBytes
    self.fields = fields
  }
}
