import Diagnostics

/// What `inspect --json` prints.
struct InspectDocument: Encodable {
  struct Context: Encodable {
    let key: String
    let secondsLeft: Int?
    let messages: Int?
    let last: String

    enum CodingKeys: String, CodingKey {
      case key, messages, last
      case secondsLeft = "seconds_left"
    }
  }

  let redis: String
  let crossed: Bool
  let sentence: String
  let now: ContextsState
  let baseline: ContextsState?
  let bounds: [InspectBounds.Judgement]
  let sample: [Context]
  /// Keys without an end, the first ten.
  let endless: [String]

  init(_ report: InspectReport) {
    func shown(_ key: [UInt8]) -> String {
      report.showsUsers ? String(decoding: key, as: UTF8.self) : UserMask.text(key: key)
    }
    redis = report.place
    crossed = report.isCrossed
    sentence = report.sentence
    now = report.state
    baseline = report.baseline
    bounds = report.judgements
    sample = report.samples.map { context in
      Context(
        key: shown(context.key), secondsLeft: context.secondsLeft, messages: context.messages, last: context.last)
    }
    endless = report.endless.map(shown)
  }
}
