internal import FoundationEssentials
package import HTTPClient
package import Reactor

/// The counters of each cohort over some time, for all proxies that share a store, as one of them reports them.
package struct Traffic: Codable, Sendable, Equatable {
  package struct Cohort: Codable, Sendable, Equatable {
    /// Requests of users placed by the percentage; the others are not compared.
    package var requests: Int
    package var errors: Int
    package var created: Int
    /// Milliseconds to the last byte.
    package var mean: Double?
    package var p95: Double?

    package init(requests: Int, errors: Int, created: Int, mean: Double? = nil, p95: Double? = nil) {
      self.requests = requests
      self.errors = errors
      self.created = created
      self.mean = mean
      self.p95 = p95
    }

    package var errorShare: Double? { requests > 0 ? Double(errors) / Double(requests) : nil }
    /// Created conversations per request: unlike a rate per minute, it does not depend on the time of day.
    package var createdShare: Double? { requests > 0 ? Double(created) / Double(requests) : nil }

    enum CodingKeys: String, CodingKey {
      case requests, errors, created
      case mean = "mean_ms"
      case p95 = "p95_ms"
    }
  }

  package var flag: String
  package var percentage: Double
  package var seconds: Double
  package var legacy: Cohort
  package var unified: Cohort

  package init(flag: String, percentage: Double, seconds: Double, legacy: Cohort, unified: Cohort) {
    self.flag = flag
    self.percentage = percentage
    self.seconds = seconds
    self.legacy = legacy
    self.unified = unified
  }

  /// Both cohorts together; where both had requests, p95 is unknown.
  package var both: Cohort {
    let requests = legacy.requests + unified.requests
    let sum = [legacy, unified].reduce(0.0) { $0 + ($1.mean ?? 0) * Double($1.requests) }
    return Cohort(
      requests: requests, errors: legacy.errors + unified.errors, created: legacy.created + unified.created,
      mean: requests > 0 ? sum / Double(requests) : nil,
      p95: unified.requests == 0 ? legacy.p95 : legacy.requests == 0 ? unified.p95 : nil)
  }

  /// - Parameter since: in the form of the admin API: `15m`.
  package static func read(
    _ admin: HTTPEndpoint, flag: String?, since: String, _ deadline: Deadline
  ) throws(CheckError) -> Traffic {
    let advice = "Start turnout serve, or give its admin port with --admin HOST:PORT."
    let target = "/api/v1/compare?since=\(since)" + (flag.map { "&flag=\($0)" } ?? "")
    let text: String
    do throws(HTTPError) {
      text = try admin.get(target, timeout: deadline.atMost(.seconds(5)).remaining)
    } catch { throw CheckError("\(admin): \(error)", advice: advice) }
    guard let document = try? JSONDecoder().decode(Document.self, from: Data(text.utf8)) else {
      throw CheckError("\(admin) is not an admin port of Turnout", advice: advice)
    }
    return Traffic(
      flag: document.flag, percentage: document.enabled ? document.percentage : 0, seconds: document.seconds,
      legacy: document.legacy.cohort, unified: document.unified.cohort)
  }

  /// The members of `GET /api/v1/compare` that are needed here.
  private struct Document: Decodable {
    struct Figures: Decodable {
      var requests: Int
      var leftOut: Int
      var errors: Int
      var created: Int
      var mean: Double?
      var p95: Double?

      enum CodingKeys: String, CodingKey {
        case requests, errors, created
        case leftOut = "left_out"
        case mean = "mean_ms"
        case p95 = "p95_ms"
      }

      var cohort: Cohort {
        Cohort(requests: max(0, requests - leftOut), errors: errors, created: created, mean: mean, p95: p95)
      }
    }

    var flag: String
    var enabled: Bool
    var percentage: Double
    var seconds: Double
    var legacy: Figures
    var unified: Figures
  }
}
