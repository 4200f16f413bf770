/// Why a response of a server is refused: the client gets 502 and the connection to the server is closed.
public enum ResponseHeadError: UInt8, Error, Equatable, Sendable, CaseIterable {
  case bareLineFeed, bareCarriageReturn, controlCharacter
  case malformedStatusLine, unsupportedVersion, invalidStatus
  case whitespaceBeforeFields, obsoleteLineFolding, whitespaceBeforeColon, emptyFieldName, invalidFieldName
  case missingColon, headTooLong, tooManyFields
  case invalidContentLength, conflictingContentLength
  case transferEncodingInHTTP10, transferEncodingWithContentLength, invalidTransferEncoding, unsupportedTransferCoding
  case tooManyConnectionOptions

  /// The reason as the value of a metric label.
  public var label: StaticString {
    switch self {
    case .bareLineFeed: "bare_line_feed"
    case .bareCarriageReturn: "bare_carriage_return"
    case .controlCharacter: "control_character"
    case .malformedStatusLine: "malformed_status_line"
    case .unsupportedVersion: "unsupported_version"
    case .invalidStatus: "invalid_status"
    case .whitespaceBeforeFields: "whitespace_before_fields"
    case .obsoleteLineFolding: "obsolete_line_folding"
    case .whitespaceBeforeColon: "whitespace_before_colon"
    case .emptyFieldName: "empty_field_name"
    case .invalidFieldName: "invalid_field_name"
    case .missingColon: "missing_colon"
    case .headTooLong: "head_too_long"
    case .tooManyFields: "too_many_fields"
    case .invalidContentLength: "invalid_content_length"
    case .conflictingContentLength: "conflicting_content_length"
    case .transferEncodingInHTTP10: "transfer_encoding_in_http_1_0"
    case .transferEncodingWithContentLength: "transfer_encoding_with_content_length"
    case .invalidTransferEncoding: "invalid_transfer_encoding"
    case .unsupportedTransferCoding: "unsupported_transfer_coding"
    case .tooManyConnectionOptions: "too_many_connection_options"
    }
  }

  /// One sentence for the person who reads the response.
  public var explanation: StaticString {
    switch self {
    case .bareLineFeed: "A line of the response ends in LF without CR."
    case .bareCarriageReturn: "A CR in the response is not followed by LF."
    case .controlCharacter: "The head of the response holds a control character."
    case .malformedStatusLine: "The response does not begin with a status line."
    case .unsupportedVersion: "The response is neither HTTP/1.0 nor HTTP/1.1."
    case .invalidStatus: "The status is not a number from 100 to 599."
    case .whitespaceBeforeFields: "White space stands between the status line and the first header field."
    case .obsoleteLineFolding: "A header field of the response is folded over more than one line."
    case .whitespaceBeforeColon: "White space stands between a field name and its colon."
    case .emptyFieldName: "A header field of the response has no name."
    case .invalidFieldName: "A field name holds a character that is not allowed in names."
    case .missingColon: "A header line of the response has no colon."
    case .headTooLong: "The head of the response is too long."
    case .tooManyFields: "The response has too many header fields."
    case .invalidContentLength: "Content-Length of the response is not one whole number."
    case .conflictingContentLength: "The Content-Length fields of the response differ."
    case .transferEncodingInHTTP10: "Transfer-Encoding is not allowed in an HTTP/1.0 response."
    case .transferEncodingWithContentLength: "Transfer-Encoding and Content-Length must not be sent together."
    case .invalidTransferEncoding: "Transfer-Encoding of the response is not exactly one 'chunked'."
    case .unsupportedTransferCoding: "The response has a transfer coding other than 'chunked'."
    case .tooManyConnectionOptions: "The Connection field of the response names too many fields."
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

  /// What is wrong where a scan of the status line stopped. Nil: the byte that decides has not come.
  @inline(__always)
  static func at(_ stop: Stop, otherwise: Self) -> Self? {
    switch stop {
    case .pending: nil
    case .lineEnd: otherwise
    case .bareCarriageReturn: .bareCarriageReturn
    case .bareLineFeed: .bareLineFeed
    case .control: .controlCharacter
    case .visible: otherwise
    }
  }
}
