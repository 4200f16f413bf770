/// Where the numbers stand that the control plane gives to the workers while they run. They are in a lane of their own,
/// which the control plane writes and every worker reads.
@usableFromInline
package enum WorkerSettingIndices {
  /// The epoch of the tables of users (`UserTableLayout`), from 1 on. When it changes, workers begin their tables anew.
  @inlinable
  package static var usersEpoch: Int { @_noLocks @inline(__always) get { 0 } }

  /// The duration in nanoseconds beyond which a request is slow; 0: no request is judged.
  @_noLocks @inlinable @inline(__always)
  package static func slow(flag: Int) -> Int { 1 &+ 2 &* flag }

  /// The duration in nanoseconds beyond which a slow request is one of the slowest. It is written before the other, so
  /// that a worker which sees the one sees both.
  @_noLocks @inlinable @inline(__always)
  package static func slowest(flag: Int) -> Int { 2 &+ 2 &* flag }

  /// Words in the lane.
  package static func count(flagCount: Int) -> Int { 1 + 2 * flagCount }
}
