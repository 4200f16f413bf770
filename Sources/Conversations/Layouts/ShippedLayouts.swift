internal import Suggestions
internal import YAML

/// The layouts that ship, in the binary.
package struct ShippedLayout: Sendable {
  package let name: String
  /// YAML: the file to start one's own layout from.
  package let bytes: [UInt8]

  package static let all: [ShippedLayout] = [
    ShippedLayout(name: "spec-012", bytes: PackageResources.spec_012_yaml),
    ShippedLayout(name: "turnout", bytes: PackageResources.turnout_yaml),
  ]

  package var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension Layout {
  /// What `contexts.layout` is where nobody says otherwise.
  package static let standardName = "turnout"

  /// All that ship.
  package static let shipped: [Layout] = ShippedLayout.all.compactMap { try? shipped(named: $0.name) }

  /// Nil if none of this name ships.
  package static func shipped(named name: String) throws(LayoutError) -> Layout? {
    guard let layout = ShippedLayout.all.first(where: { $0.name == name }) else { return nil }
    var shipped = try Layout(yaml: layout.text, file: name)
    shipped.isShipped = true
    return shipped
  }

  /// Whether it is that of the sample application, which has code of its own (`Migration`, `ReverseMigration`, `Verification`).
  package var isStandard: Bool { isShipped && name == Self.standardName }

  /// The layout that ships under this name, or in this file. A text with a slash, or one that ends in .yaml or .yml, is a
  /// file.
  ///
  /// - Parameter file: the configuration file that names it: a relative path starts at its folder, else at the working
  ///   folder.
  package static func named(_ nameOrPath: String, relativeTo file: String? = nil) throws(LayoutError) -> Layout {
    guard isPath(nameOrPath) else {
      if let layout = try shipped(named: nameOrPath) { return layout }
      let names = ShippedLayout.all.map(\.name)
      let nearest = Nearest.name(to: nameOrPath, among: names).map { "; did you mean \($0)?" } ?? "."
      throw LayoutError(
        nameOrPath,
        "no layout of this name ships\(nearest) Those that ship: \(names.joined(separator: ", ")). "
          + "For a file, write its path: ./\(nameOrPath).yaml")
    }
    var path = nameOrPath
    if !path.hasPrefix("/"), let file, let slash = file.lastIndex(of: "/") { path = file[...slash] + path }
    let text: String
    do throws(YAMLError) { text = try FileText.read(path) } catch { throw LayoutError(path, error.text) }
    return try Layout(yaml: text, file: path)
  }

  package static func isPath(_ nameOrPath: String) -> Bool {
    nameOrPath.contains("/") || nameOrPath.hasSuffix(".yaml") || nameOrPath.hasSuffix(".yml")
  }
}
