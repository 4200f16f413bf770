import Admin
import Foundation
import Synchronization

/// Cohorts that somebody made up: twenty minutes in which unified fails more and more.
final class FakeHistory: Sendable {
  private let flag: String
  private let start: Double
  /// How often each was asked for.
  let comparisons = Atomic(0)
  let windowReads = Atomic(0)

  init(flag: String) {
    self.flag = flag
    start = Date().timeIntervalSince1970.rounded(.down) - 1_200
  }

  var view: HistoryView {
    HistoryView(
      comparison: { [self] name, _ in
        comparisons.wrappingAdd(1, ordering: .relaxed)
        return name == nil || name == flag ? comparison : nil
      },
      windows: { [self] name, resolution, from in
        windowReads.wrappingAdd(1, ordering: .relaxed)
        return name == nil || name == flag ? windows(resolution, from: from) : nil
      })
  }

  // MARK: Windows

  private func windows(_ resolution: Int, from: Double) -> WindowsDocument {
    let now = Date().timeIntervalSince1970.rounded(.down)
    let windows = stride(from: start, to: now, by: Double(resolution)).filter { $0 >= from }.map { at in
      let second = at - start
      let wave = 1 + 0.25 * sin(second / 70) + 0.12 * sin(second * 1.7) + 0.1 * sin(second * 0.37)
      let harm = max(0, (second - 500) / 700)
      return WindowsDocument.Window(
        at: at, seconds: Double(resolution), legacy: figures(120 * wave, errors: 0.002, latency: 48, second),
        unified: figures(13 * wave, errors: 0.004 + 0.05 * harm, latency: 42 + 60 * harm, second + 9))
    }
    let marks = [(120.0, 1, 1.0, "anna"), (480.0, 2, 10.0, "otto")].map { after, revision, percentage, by in
      WindowsDocument.Mark(
        at: start + after, revision: revision, enabled: true, percentage: percentage, by: by, reason: nil, local: false)
    }
    return WindowsDocument(flag: flag, resolution: resolution, fleet: false, windows: windows, marks: marks)
  }

  private func figures(
    _ requests: Double, errors: Double, latency: Double, _ second: Double
  ) -> WindowsDocument.Figures {
    var figures = WindowsDocument.Figures(
      requests: UInt64(requests), errors: UInt64(requests * errors + chance(second)), created: 2)
    let noise = 1 + 0.06 * sin(second * 2.3) + 0.05 * sin(second / 31)
    (figures.p50, figures.p95, figures.p99) = (latency * noise, latency * 2.6 * noise, latency * 4.5 * noise)
    return figures
  }

  /// 0 ... 1, the same for the same second.
  private func chance(_ second: Double) -> Double {
    Double((UInt32(second) &* 2_654_435_761) >> 16) / 65_536
  }

  // MARK: Comparison

  private var comparison: ComparisonDocument {
    var comparison = ComparisonDocument(
      flag: flag, enabled: true, percentage: 10, revision: 3, scope: "stage", from: "2026-11-20T09:30:00Z",
      to: "2026-11-20T09:50:00Z", seconds: 1_200, stages: [], proxies: 3, silentProxies: [],
      legacy: side(requests: 143_220, users: 9_120, errors: 281, rate: 0.00196, slow: 0.0502, latency: 48),
      unified: side(requests: 15_904, users: 1_022, errors: 98, rate: 0.00616, slow: 0.0561, latency: 51),
      guardrails: guardrails,
      sampleRatio: .init(expected: 0.1, seen: 0.1008, p: 0.64, checked: true, off: false), verdict: "harmful",
      sentence: """
        Unified's error rate is higher by 0.42 points (0.18 to 0.66): <b>harmful</b>. `turnout kill` rolls back.
        """)
    (comparison.slow, comparison.slowest) = (125.8, 217)
    return comparison
  }

  private func side(
    requests: UInt64, users: Double, errors: UInt64, rate: Double, slow: Double, latency: Double
  ) -> ComparisonDocument.Figures {
    var side = ComparisonDocument.Figures()
    (side.requests, side.leftOut, side.users, side.errors) = (requests, requests / 40, users, errors)
    (side.errorRate, side.slowShare, side.slowestShare, side.created) = (rate, slow, slow / 5, requests / 9)
    (side.mean, side.p50, side.p90) = (latency * 1.2, latency, latency * 2)
    (side.p95, side.p99, side.p999) = (latency * 2.6, latency * 4.5, latency * 9)
    return side
  }

  private var guardrails: [ComparisonDocument.GuardrailState] {
    [
      guardrail("error_rate", 0.001, "harmful", 0.00196, 0.00616, (0.0018, 0.0042, 0.0066)),
      guardrail("slow_requests", 0.005, "undecided", 0.0502, 0.0561, (-0.0021, 0.0059, 0.0139)) { state in
        (state.detectable, state.secondsToVerdict) = (0.0118, 9_400)
      },
      guardrail("slowest_requests", 0.005, "safe", 0.0101, 0.0107, (-0.0029, 0.0006, 0.0041)),
      guardrail("mean_latency", 100, "safe", 57.6, 61.2, (-4.1, 3.6, 11.3)),
      guardrail("conversations_created", 0.2, "absent", 0, 0, nil) { state in
        (state.shortage, state.advice) = ("not_reported", "No response has had X-Turnout-Created: 1.")
      },
    ]
  }

  private func guardrail(
    _ name: String, _ margin: Double, _ verdict: String, _ legacy: Double?, _ unified: Double?,
    _ interval: (lower: Double, difference: Double, upper: Double)?,
    _ change: (inout ComparisonDocument.GuardrailState) -> Void = { _ in }
  ) -> ComparisonDocument.GuardrailState {
    var state = ComparisonDocument.GuardrailState(name: name, margin: margin, verdict: verdict)
    (state.legacy, state.unified) = (legacy, unified)
    (state.lower, state.difference, state.upper) = (interval?.lower, interval?.difference, interval?.upper)
    change(&state)
    return state
  }
}
