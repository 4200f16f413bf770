import Foundation

/// What ARCHITECTURE.md allows the targets to import, held against Package.swift and the sources. Everything is text, so
/// that the rules themselves can be tested on made-up input.
///
/// The rules:
/// 1. A file imports only what the row of its target lists, except modules of the toolchain.
/// 2. A row lists only what at least one file of its target imports.
/// 3. Package.swift gives a target exactly the modules of its row.
/// 4. A target imports only targets that stand above it in the table: the table is in the order of the layers.
/// 5. Nobody imports all of Foundation. FoundationEssentials stands in the rows of the targets that use it, and in none
///    above the first target of the control plane.
struct ImportRules {
  /// Modules that need no permission.
  static let toolchain: Set<String> = ["Glibc", "Synchronization", "Dispatch"]
  /// What the toolchain has, and a row must list all the same.
  static let essentials = "FoundationEssentials"

  struct Row: Equatable {
    var target: String
    var imports: [String]
    var line: Int
  }

  struct File {
    /// Below Sources/: `Flags/Flag.swift`.
    var path: String
    var text: String

    var target: String { String(path.prefix { $0 != "/" }) }

    /// The modules and their lines.
    var imports: [(module: String, line: Int)] {
      text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
        guard
          let match = line.firstMatch(
            of:
              /^(?:@\w+ )*(?:(?:public|package|internal|fileprivate|private) )?import (?:(?:struct|class|enum|func) )?(\w+)/
          )
        else { return nil }
        return (String(match.1), index + 1)
      }
    }
  }

  var table: [Row]
  /// The dependencies of each target of Sources.
  var manifest: [String: Set<String>]
  var files: [File]
  /// The first target of the control plane: from it on FoundationEssentials may be listed.
  var control = "JSON"

  /// One line for each violation, in the order of the rules.
  var violations: [String] {
    forbiddenImports + staleRows + manifestDifferences + layering
  }

  private var rows: [String: Row] { Dictionary(table.map { ($0.target, $0) }) { first, _ in first } }

  private var forbiddenImports: [String] {
    files.flatMap { file in
      file.imports.compactMap { module, line in
        if Self.toolchain.contains(module) { return nil }
        let place = "Sources/\(file.path):\(line): imports \(module)"
        if module == "Foundation" {
          return "\(place); use FoundationEssentials: all of Foundation is 30 MB of the binary"
        }
        guard let row = rows[file.target] else { return "\(place), but ARCHITECTURE.md has no row for \(file.target)" }
        if row.imports.contains(module) { return nil }
        return "\(place), which the row of \(file.target) does not list (ARCHITECTURE.md:\(row.line))"
      }
    }
  }

  private var staleRows: [String] {
    table.flatMap { row in
      let used = Set(files.filter { $0.target == row.target }.flatMap { $0.imports.map(\.module) })
      return row.imports.filter { !used.contains($0) }.map { module in
        "ARCHITECTURE.md:\(row.line): the row of \(row.target) lists \(module), which no file of Sources/\(row.target) imports"
      }
    }
  }

  private var manifestDifferences: [String] {
    manifest.sorted { $0.key < $1.key }.flatMap { target, dependencies in
      guard let row = rows[target] else {
        return ["Package.swift: \(target) has no row in the table of ARCHITECTURE.md"]
      }
      let listed = Set(row.imports).subtracting([Self.essentials])
      return listed.subtracting(dependencies).sorted().map {
        "Package.swift: \(target) does not depend on \($0), which its row lists"
      }
        + dependencies.subtracting(listed).sorted().map {
          "Package.swift: \(target) depends on \($0), which its row does not list (ARCHITECTURE.md:\(row.line))"
        }
    }
  }

  private var layering: [String] {
    let order = Dictionary(table.enumerated().map { ($1.target, $0) }) { first, _ in first }
    return table.enumerated().flatMap { index, row in
      row.imports.compactMap { module -> String? in
        if module == Self.essentials, let first = order[control], index < first {
          return "ARCHITECTURE.md:\(row.line): \(row.target) is below the control plane, which alone uses \(module)"
        }
        guard let position = order[module], position >= index else { return nil }
        return
          "ARCHITECTURE.md:\(row.line): \(row.target) imports \(module), which stands below it: the table goes from low to high"
      }
    }
  }
}

extension ImportRules {
  /// Reads the table whose head is `| target | one line | imports |`.
  static func table(of document: String) -> [Row] {
    let lines = document.split(separator: "\n", omittingEmptySubsequences: false)
    guard let head = lines.firstIndex(of: "| target | one line | imports |") else { return [] }
    return lines.enumerated().dropFirst(head + 2).prefix { $1.hasPrefix("|") }.flatMap { index, line -> [Row] in
      let cells = line.dropFirst().dropLast().split(separator: "|", omittingEmptySubsequences: false)
      guard cells.count == 3 else { return [] }
      return names(cells[0]).map { Row(target: $0, imports: names(cells[2]), line: index + 1) }
    }
  }

  private static func names(_ cell: Substring) -> [String] {
    cell.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }

  /// The dependencies of the targets in Package.swift that have Swift sources below Sources/.
  static func dependencies(of manifest: String) -> [String: Set<String>] {
    let source = manifest.prefix(upTo: manifest.range(of: "// tests")?.lowerBound ?? manifest.endIndex)
    var result: [String: Set<String>] = [:]
    for piece in source.split(separator: /\.(?:executableTarget|target|systemLibrary)\(/).dropFirst() {
      guard let name = piece.prefixMatch(of: /\s*name: "(\w+)"/), let end = piece.range(of: "swiftSettings:") else {
        continue
      }
      let other = /package: "[^"]*"|resources: \[[^\]]*\]/
      let body = piece[name.range.upperBound..<end.lowerBound].replacing(other, with: "")
      result[String(name.1)] = Set(body.matches(of: /"(\w+)"/).map { String($0.1) })
    }
    return result
  }
}
