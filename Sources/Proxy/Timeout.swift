/// The kinds of timeout, in the order of their lists. See docs/configuration.md for each.
enum Timeout: UInt8, CaseIterable {
  case requestHead = 0
  case clientIdle
  case requestBody
  case connect
  case queue
  case firstByte
  case responseIdle
  case writeIdle
  case pooledIdle
  case linger

  /// Nanoseconds.
  func duration(_ settings: TimeoutSettings) -> UInt64 {
    switch self {
    case .requestHead: settings.requestHead
    case .clientIdle: settings.clientIdle
    case .requestBody: settings.requestBodyIdle
    case .connect: settings.connect
    case .queue: settings.queue
    case .firstByte: settings.firstByte
    case .responseIdle: settings.responseIdle
    case .writeIdle: settings.writeIdle
    case .pooledIdle: settings.pooledIdle
    case .linger: settings.linger
    }
  }
}
