public import ArgumentParser
public import Flags

// `turnout sample legacy`
extension Cohort: ExpressibleByArgument {
  public init?(argument: String) {
    guard let cohort = Cohort.allCases.first(where: { $0.description == argument }) else { return nil }
    self = cohort
  }

  public static var allValueStrings: [String] { allCases.map(\.description) }
}
