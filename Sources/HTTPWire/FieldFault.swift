/// What can be wrong with the fields of a head in either direction. The error of the direction has a case of the same
/// name for each.
enum FieldFault: Error {
  case bareLineFeed, bareCarriageReturn, controlCharacter
  case whitespaceBeforeFields, obsoleteLineFolding, whitespaceBeforeColon, emptyFieldName, invalidFieldName
  case missingColon, tooManyFields
  case invalidContentLength, conflictingContentLength
  case transferEncodingInHTTP10, transferEncodingWithContentLength, invalidTransferEncoding, unsupportedTransferCoding
  case tooManyConnectionOptions
}
