internal import Glibc

/// For threads whose work is not urgent: they count, keep and tell.
public enum Background {
  /// The workers and the admin port go before this thread from now on. At a change of the flags every proxy reads its
  /// counters at once; where many share few processors, the change itself must not wait for that. On Linux the priority is
  /// that of the calling thread alone (setpriority(2)); where it is not allowed nothing is lost.
  public static func begin() { _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10) }
}
