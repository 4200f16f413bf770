import CohortMetrics
import Configuration
import Logging
import Proxy
import Reactor

extension RunningSystem {
  /// The access log that the configuration asks for, opened; nil: it asks for none.
  static func accessLog(_ configuration: Configuration, _ logger: Logger) throws -> AccessLog? {
    let settings = configuration.proxy.accessLog
    let hash =
      settings.hashesUsers ? try AccessLogKey.readOrMake(AccessLogKey.path(in: configuration.state)) : nil
    do throws(SystemError) {
      return try AccessLog.open(configuration.proxy, hash: hash) { event in
        logger.log(level: event.isGood ? .notice : .warning, "\(event)")
      }
    } catch {
      throw failure(.failed, "the access log cannot be opened: \(error); see access_log.path")
    }
  }

  var hasAccessLogFile: Bool { accessLog?.isFile ?? false }

  /// How long the last lines may take after the last request, in milliseconds.
  static let accessLogPatience: Int32 = 2_000
}

extension AccessLog {
  /// For the metrics.
  var reading: ControlReading.AccessLog {
    var reading = ControlReading.AccessLog()
    (reading.written, reading.dropped, reading.writeErrors) = (writtenLines, droppedLines, writeErrors)
    return reading
  }
}
