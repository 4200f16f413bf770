/// Why a request is refused before anything of it is forwarded. The connection is closed after the response,
/// because it is not known where the next request begins.
public enum RequestHeadError: UInt8, Error, Equatable, Sendable, CaseIterable {
  case bareLineFeed, bareCarriageReturn, controlCharacter
  case malformedRequestLine, invalidMethod, methodTooLong, connectNotSupported
  case invalidTarget, targetTooLong, malformedVersion, unsupportedVersion
  case whitespaceBeforeFields, obsoleteLineFolding, whitespaceBeforeColon, emptyFieldName, invalidFieldName
  case missingColon, headTooLong, tooManyFields
  case missingHost, repeatedHost, invalidHost
  case invalidContentLength, conflictingContentLength
  case transferEncodingInHTTP10, transferEncodingWithContentLength, invalidTransferEncoding, unsupportedTransferCoding
  case tooManyConnectionOptions, unknownExpectation, invalidMaxForwards

  /// The status of the response.
  public var status: Int {
    switch self {
    case .targetTooLong: 414
    case .unknownExpectation: 417
    case .headTooLong, .tooManyFields: 431
    case .methodTooLong, .connectNotSupported, .unsupportedTransferCoding: 501
    case .unsupportedVersion: 505
    default: 400
    }
  }

  /// The reason as the value of a metric label.
  public var label: StaticString {
    switch self {
    case .bareLineFeed: "bare_line_feed"
    case .bareCarriageReturn: "bare_carriage_return"
    case .controlCharacter: "control_character"
    case .malformedRequestLine: "malformed_request_line"
    case .invalidMethod: "invalid_method"
    case .methodTooLong: "method_too_long"
    case .connectNotSupported: "connect_not_supported"
    case .invalidTarget: "invalid_target"
    case .targetTooLong: "target_too_long"
    case .malformedVersion: "malformed_version"
    case .unsupportedVersion: "unsupported_version"
    case .whitespaceBeforeFields: "whitespace_before_fields"
    case .obsoleteLineFolding: "obsolete_line_folding"
    case .whitespaceBeforeColon: "whitespace_before_colon"
    case .emptyFieldName: "empty_field_name"
    case .invalidFieldName: "invalid_field_name"
    case .missingColon: "missing_colon"
    case .headTooLong: "head_too_long"
    case .tooManyFields: "too_many_fields"
    case .missingHost: "missing_host"
    case .repeatedHost: "repeated_host"
    case .invalidHost: "invalid_host"
    case .invalidContentLength: "invalid_content_length"
    case .conflictingContentLength: "conflicting_content_length"
    case .transferEncodingInHTTP10: "transfer_encoding_in_http_1_0"
    case .transferEncodingWithContentLength: "transfer_encoding_with_content_length"
    case .invalidTransferEncoding: "invalid_transfer_encoding"
    case .unsupportedTransferCoding: "unsupported_transfer_coding"
    case .tooManyConnectionOptions: "too_many_connection_options"
    case .unknownExpectation: "unknown_expectation"
    case .invalidMaxForwards: "invalid_max_forwards"
    }
  }

  /// The reason as a sentence for the body of the response.
  public var explanation: StaticString {
    switch self {
    case .bareLineFeed: "A line ends in LF without CR."
    case .bareCarriageReturn: "A CR is not followed by LF."
    case .controlCharacter: "The request head holds a control character."
    case .malformedRequestLine: "The request line is not a method, a target and a version with one space between them."
    case .invalidMethod: "The method is not a token."
    case .methodTooLong: "The method is longer than any that is known."
    case .connectNotSupported: "CONNECT is not supported here."
    case .invalidTarget: "The request target is not valid."
    case .targetTooLong: "The request target is too long."
    case .malformedVersion: "The request line does not end in an HTTP version."
    case .unsupportedVersion: "Only HTTP/1.0 and HTTP/1.1 are spoken here."
    case .whitespaceBeforeFields: "White space stands between the request line and the first header field."
    case .obsoleteLineFolding: "A header field is folded over more than one line."
    case .whitespaceBeforeColon: "White space stands between a field name and its colon."
    case .emptyFieldName: "A header field has no name."
    case .invalidFieldName: "A field name holds a character that is not allowed in names."
    case .missingColon: "A header line has no colon."
    case .headTooLong: "The request head is too long."
    case .tooManyFields: "The request has too many header fields."
    case .missingHost: "The request has no Host field."
    case .repeatedHost: "The request has more than one Host field."
    case .invalidHost: "The host is not a valid name or address with an optional port."
    case .invalidContentLength: "Content-Length is not one whole number."
    case .conflictingContentLength: "The Content-Length fields differ."
    case .transferEncodingInHTTP10: "Transfer-Encoding is not allowed in an HTTP/1.0 request."
    case .transferEncodingWithContentLength: "Transfer-Encoding and Content-Length must not be sent together."
    case .invalidTransferEncoding: "Transfer-Encoding is not exactly one 'chunked'."
    case .unsupportedTransferCoding: "No transfer coding other than 'chunked' is supported."
    case .tooManyConnectionOptions: "The Connection field names too many fields."
    case .unknownExpectation: "The only expectation that can be met is '100-continue'."
    case .invalidMaxForwards: "Max-Forwards is not one whole number."
    }
  }

  init(_ fault: FieldFault) {
    switch fault {
    case .bareLineFeed: self = .bareLineFeed
    case .bareCarriageReturn: self = .bareCarriageReturn
    case .controlCharacter: self = .controlCharacter
    case .whitespaceBeforeFields: self = .whitespaceBeforeFields
    case .obsoleteLineFolding: self = .obsoleteLineFolding
    case .whitespaceBeforeColon: self = .whitespaceBeforeColon
    case .emptyFieldName: self = .emptyFieldName
    case .invalidFieldName: self = .invalidFieldName
    case .missingColon: self = .missingColon
    case .tooManyFields: self = .tooManyFields
    case .invalidContentLength: self = .invalidContentLength
    case .conflictingContentLength: self = .conflictingContentLength
    case .transferEncodingInHTTP10: self = .transferEncodingInHTTP10
    case .transferEncodingWithContentLength: self = .transferEncodingWithContentLength
    case .invalidTransferEncoding: self = .invalidTransferEncoding
    case .unsupportedTransferCoding: self = .unsupportedTransferCoding
    case .tooManyConnectionOptions: self = .tooManyConnectionOptions
    }
  }

  /// What is wrong where a scan of the request line stopped. Nil: the byte that decides has not come.
  @inline(__always)
  static func at(_ stop: Stop, otherwise: Self) -> Self? {
    switch stop {
    case .pending: nil
    case .lineEnd: .malformedRequestLine
    case .bareCarriageReturn: .bareCarriageReturn
    case .bareLineFeed: .bareLineFeed
    case .control: .controlCharacter
    case .visible: otherwise
    }
  }
}
