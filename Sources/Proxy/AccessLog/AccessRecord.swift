/// What is known of one request when it has ended, as it goes from the worker to the thread that writes the log: these
/// numbers, and behind them the bytes of the parts. Times are in nanoseconds.
struct AccessRecord: BitwiseCopyable, Equatable {
  /// Where the bytes of one part are, counted from the end of the numbers.
  struct Part: BitwiseCopyable, Equatable {
    var offset: UInt16 = 0
    var count: UInt16 = 0
  }

  /// Of the monotonic clock.
  var begunAt: UInt64 = 0
  var head: UInt64 = 0
  var queue: UInt64 = 0
  var connect: UInt64 = 0
  /// From the end of the head; 0: there was none.
  var firstByte: UInt64 = 0
  var total: UInt64 = 0
  var generation: UInt64 = 0
  var bytesIn: UInt64 = 0
  var bytesOut: UInt64 = 0
  /// Of these, the heads of answers.
  var answerHeadBytes: UInt32 = 0
  /// Before the target was cut.
  var targetLength: UInt32 = 0
  /// -1: not known.
  var bucket: Int32 = -1
  /// 0: no answer.
  var status: Int16 = 0
  /// -1: none.
  var ownAnswer: Int16 = -1
  /// -1: none was asked.
  var server: Int16 = -1
  /// The number of the flag; -1: the route has a fixed cohort.
  var flag: Int16 = -1
  var termination: UInt8 = 0
  /// The raw value of a cohort, or `nothing`.
  var cohort: UInt8 = AccessRecord.nothing
  /// The raw value of a `DecisionReason`, or `nothing` on a route with a fixed cohort.
  var reason: UInt8 = AccessRecord.nothing
  var attempts: UInt8 = 0
  var retries: UInt8 = 0
  var minorVersion: UInt8 = 0
  /// The head broke a rule or did not come whole: `target` holds its first line, as far as it came.
  var isMalformed = false
  /// It stands for others that were left out.
  var isSampled = false
  /// Of all parts.
  var textBytes: UInt16 = 0
  var method = Part()
  var target = Part()
  var requestID = Part()
  var traceID = Part()
  var user = Part()
  var client = Part()
  var referer = Part()
  var agent = Part()

  static let nothing: UInt8 = 0xFF

  /// The longest that each part may be. The parser has a smaller bound for a method.
  static let longestMethod = 32
  static let longestTarget = 1_024
  static let longestID = 128
  static let longestUser = UserIdentifier.longestKey
  static let longestClient = 47
  static let longestField = 512
  static let mostBytes =
    MemoryLayout<AccessRecord>.size + longestMethod + longestTarget + longestID + 32 + longestUser + longestClient
    + 2 * longestField
}
