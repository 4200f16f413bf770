internal import Flags
internal import LocalServer

/// Which path served a request, and what the proxy said of it.
struct SamplePage: Codable, Equatable {
  var servedBy: String
  var method: String
  var path: String
  var user: String?
  /// X-Turnout-Cohort; another than `servedBy` is a mistake somewhere.
  var decidedCohort: String?
  var flag: String?
  var generation: UInt64?
  var requestID: String?

  init(_ request: Request, _ cohort: Cohort) {
    servedBy = cohort.description
    method = request.method
    path = request.path
    user = request.header("x-user-id")
    decidedCohort = request.header("x-turnout-cohort")
    flag = request.header("x-turnout-flag")
    generation = request.header("x-turnout-generation").flatMap { UInt64($0) }
    requestID = request.header("x-request-id")
  }

  enum CodingKeys: String, CodingKey {
    case method, path, user, flag, generation
    case servedBy = "served_by"
    case decidedCohort = "decided_cohort"
    case requestID = "request_id"
  }
}
