internal import Bytes

/// The number that `range` of `bytes` is: one or more digits and nothing else, at most 2^63 - 1. Otherwise nil.
func decimalNumber(_ bytes: RawSpan, _ range: ByteRange) -> UInt64? {
  guard !range.isEmpty else { return nil }
  var number: UInt64 = 0
  var index = range.start
  while index < range.end {
    let digit = bytes[index] &- 0x30
    guard digit < 10 else { return nil }
    let (product, isTooLarge) = number.multipliedReportingOverflow(by: 10)
    let (sum, isOverflown) = product.addingReportingOverflow(UInt64(digit))
    guard !isTooLarge, !isOverflown, sum <= UInt64(Int64.max) else { return nil }
    number = sum
    index &+= 1
  }
  return number
}
