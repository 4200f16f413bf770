/// What a head may take. A request beyond them is answered 431, a target 414, an answer 502.
package struct HeadLimits: Sendable {
  /// From the first byte through the empty line, a leading empty line included.
  package var headBytes = 16_384
  package var targetBytes = 8_192
  /// Field lines; the capacity of the table is a limit too.
  package var fields = 100

  /// Offsets into a head are 32 bits wide.
  var clampedHeadBytes: Int { @inline(__always) get { min(headBytes, 1 &<< 30) } }

  package init() {}

  package init(headBytes: Int, targetBytes: Int, fields: Int) {
    self.headBytes = headBytes
    self.targetBytes = targetBytes
    self.fields = fields
  }
}
