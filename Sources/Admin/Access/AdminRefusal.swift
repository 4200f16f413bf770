internal import LocalServer

/// Why the guard lets a request not pass. The raw value is the label of the metric.
package enum AdminRefusal: String, Sendable, CaseIterable {
  case host
  case origin
  case site
  case tokenMissing = "token_missing"
  case tokenWrong = "token_wrong"
  case peer
  case mediaType = "media_type"

  package var status: Int {
    switch self {
    case .host: 421
    case .origin, .site, .peer: 403
    case .tokenMissing, .tokenWrong: 401
    case .mediaType: 415
    }
  }

  /// What is wrong and what to do about it.
  var explanation: String {
    switch self {
    case .host:
      "This proxy is not known by the name in Host. If the name is right, add it to admin_hosts in turnout.yaml."
    case .origin: "A page of another origin may not use the admin port; call it without a browser, or by its own name."
    case .site: "A page of another site may not use the admin port; follow a link to it, or call it without a browser."
    case .tokenMissing:
      "To change something over TCP send the header Authorization: Bearer TOKEN, with the content of the token file."
    case .tokenWrong: "The token is not the one in the token file of this proxy."
    case .peer: "Only the user that runs the proxy and root may change something over the socket."
    case .mediaType: "Send the body as JSON, with the header Content-Type: application/json."
    }
  }

  var response: Response {
    var response = ErrorDocument(error: explanation).response(status: status)
    switch self {
    // RFC 6750 3: without a token no error is told.
    case .tokenMissing: response.headers.append(Header("WWW-Authenticate", "Bearer realm=\"turnout\""))
    case .tokenWrong:
      response.headers.append(Header("WWW-Authenticate", "Bearer realm=\"turnout\", error=\"invalid_token\""))
    case .host, .origin, .site, .peer, .mediaType: break
    }
    return response
  }
}
