internal import FlagStore
internal import JSON
internal import LocalServer

extension FlagStoreError {
  /// What a client can do about it decides the status: look again (409, 412), name another flag (404), wait (503).
  var response: Response {
    let status =
      switch self {
      case .unknownFlag, .badName: 404
      case .conflict: 409
      case .otherRevision: 412
      case .valueTooLarge: 413
      case .uncertain: 504
      case .invalid, .fileMissing, .notAFile, .fileTooLarge, .unreachable, .refused, .lost, .wrongType,
        .locked, .system:
        503
      }
    let stored = stored.map(FlagState.init)
    var response = Response.json(JSONText.body(EditRefusal(error: description, flag: stored)), status: status)
    if let stored { response.headers.append(RevisionCondition.tag(stored.revision)) }
    return response
  }
}
