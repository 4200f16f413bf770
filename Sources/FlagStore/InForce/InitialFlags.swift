package import Flags
import Glibc

/// The value of a flag that was never stored: the environment variable of its name (`true`, `false` or a percentage), else
/// off.
package struct InitialFlags: Sendable {
  private let variable: @Sendable (String) -> String?

  /// With the environment of this process.
  package init() {
    self.init { name in
      guard let value = unsafe getenv(name) else { return nil }
      return unsafe String(cString: value)
    }
  }

  init(_ variable: @escaping @Sendable (String) -> String?) { self.variable = variable }

  package func flag(named name: String) -> Flag { (try? read(name)) ?? Flag(name: name, percentage: .zero) }

  /// The errors in the variables of these names.
  package func problems(_ names: [String]) -> [String] {
    names.compactMap { name in
      do throws(FlagStoreError) {
        _ = try read(name)
        return nil
      } catch {
        return "\(error); until it is stored, the flag is off"
      }
    }
  }

  /// Nil when the variable is not set, or empty.
  private func read(_ name: String) throws(FlagStoreError) -> Flag? {
    guard let text = variable(name), !text.isEmpty else { return nil }
    let (flag, isShort) = try FlagDocument.value(
      parsing: Array(text.utf8), name: name, file: "environment variable \(name)")
    guard isShort else {
      throw .invalid(
        FlagDocumentError(
          file: "environment variable \(name)", flag: name, found: "an object",
          expected: "true, false or a percentage", advice: "write 25 for a quarter of the users"))
    }
    return flag
  }
}
