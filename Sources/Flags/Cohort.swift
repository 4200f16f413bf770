/// One of the two context paths.
public enum Cohort: UInt8, Sendable, CaseIterable, CustomStringConvertible {
  case legacy = 0
  case unified = 1

  public var description: String {
    switch self {
    case .legacy: "legacy"
    case .unified: "unified"
    }
  }
}
