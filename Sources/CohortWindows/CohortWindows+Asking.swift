package import CohortMetrics

extension CohortWindows {
  /// Nil when there is no such flag; without a name the first.
  package func measured(flag name: String?, _ scope: Scope, now: ClockReading = .now()) -> Measured? {
    guard let index = books.with({ $0.index(of: name) }) else { return nil }
    let gathering = books.with { WindowQuery($0.own, $0.fleet, flag: index, scope, now: now.wall) }
    var measured = gathering?.measured()
    measured?.reference = recorder.reference(flag: index)
    return measured
  }

  /// In windows of a second, of this proxy, or of a minute, of the fleet. Nil when there is no such flag.
  package func charted(flag name: String?, bySeconds: Bool, from: Int) -> Charted? {
    let charting = books.with { content -> ChartQuery? in
      guard let index = content.index(of: name) else { return nil }
      return ChartQuery(content, flag: index, bySeconds: bySeconds, from: from)
    }
    return charting?.charted()
  }

  /// What is told of the windows at a scrape.
  package var reading: WindowReading {
    let bytes = books.with { $0.own.byteCount + $0.fleet.byteCount }
    return WindowReading(
      bytes: UInt64(bytes), diskErrors: keeperErrors, fleetErrors: fleetErrors,
      unreadable: books.with { $0.fleet.unreadable })
  }
}

extension Books.Content {
  func index(of name: String?) -> Int? {
    guard let name else { return own.flags.isEmpty ? nil : 0 }
    return own.index(of: name)
  }
}

/// Figures of the windows themselves.
package struct WindowReading: Sendable, Equatable {
  package var bytes: UInt64
  package var diskErrors: UInt64
  package var fleetErrors: UInt64
  package var unreadable: UInt64

  package var families: [MetricFamily] {
    [
      MetricFamily(
        "turnout_windows_bytes", .gauge, help: "Bytes of closed windows in memory.", value: .integer(bytes)),
      MetricFamily(
        "turnout_window_write_errors_total", .counter,
        help: "Times that windows could not be written, to the state folder or to the fleet's store.",
        samples: [("disk", diskErrors), ("fleet", fleetErrors)].map { place, count in
          MetricSample(.integer(count), labels: [MetricLabel("place", place)])
        }),
      MetricFamily(
        "turnout_window_unreadable_total", .counter,
        help: "Windows of other proxies that could not be understood, or were too many or too large.",
        value: .integer(unreadable)),
    ]
  }
}
