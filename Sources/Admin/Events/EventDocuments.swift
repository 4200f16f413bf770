internal import Concurrency
internal import FlagStore
internal import Flags
internal import JSON
internal import Reactor

/// What is made at most once for all flags at one moment.
struct EventDocuments {
  let view: AdminView
  let state: EventSchedule.State
  let wallSeconds: Double
  private var madeStatus: [UInt8]?

  init(_ view: AdminView) {
    self.view = view
    let source = view.flagSource()
    state = EventSchedule.State(
      generation: view.flags.load().generation, isKilledLocally: source.localKill != nil,
      isSourceValid: source.isValid, isSourceAway: source.isAway, isStoreLost: source.isStoreLost,
      isDraining: view.isDraining())
    wallSeconds = Double(WallClock.seconds())
  }

  /// `StatusDocument` as JSON.
  var status: [UInt8] {
    mutating get {
      if let madeStatus { return madeStatus }
      let made = JSONText.body(view.statusDocument)
      madeStatus = made
      return made
    }
  }
}
