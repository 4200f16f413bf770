import FlagStore

extension FlagStoreError {
  /// What is wrong in the file is the configuration's fault; what the system refused is a failure.
  var exitStatus: ExitStatus {
    switch self {
    case .conflict, .otherRevision: .conflict
    case .invalid, .fileMissing, .notAFile, .fileTooLarge, .unknownFlag: .configuration
    case .unreachable, .refused, .lost, .wrongType, .uncertain, .valueTooLarge, .badName, .locked, .system: .failed
    }
  }
}
