import Foundation
import Testing

/// The numbers behind the plots of docs/statistics.md. They stand in docs/plots, and a test that computes them says when
/// they are not what the code says any more. With TURNOUT_WRITE_PLOTS in the environment it writes them.
enum PlotData {
  /// `within`: how far a number may be off, and its part of itself.
  static func check(_ name: String, header: String, rows: [String], within tolerance: Double) throws {
    let file = URL(filePath: #filePath).appending(path: "../../../../docs/plots/\(name).csv").standardized
    if ProcessInfo.processInfo.environment["TURNOUT_WRITE_PLOTS"] != nil {
      try Data((([header] + rows).joined(separator: "\n") + "\n").utf8).write(to: file)
    }
    let lines = try String(decoding: Data(contentsOf: file), as: UTF8.self).split(separator: "\n")
    try #require(lines.count == rows.count + 1, "\(file.path) has other rows; make it anew")
    #expect(lines[0] == header)
    for (line, row) in zip(lines.dropFirst(), rows) {
      let (kept, computed) = (numbers(line), numbers(Substring(row)))
      try #require(kept.count == computed.count)
      for (kept, computed) in zip(kept, computed) {
        #expect(abs(kept - computed) <= tolerance * max(1, abs(computed)), "\(name): \(line) is now \(row)")
      }
    }
  }

  private static func numbers(_ line: Substring) -> [Double] { line.split(separator: ",").compactMap { Double($0) } }
}
