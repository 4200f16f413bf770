internal import Bytes
internal import Flags
internal import Statistics

// What a kill ends.
extension Worker {
  /// Takes up a snapshot without waiting for a request to ask for it: the kill switch wakes the worker for this.
  mutating func noteKills() {
    for flag in 0..<deciders.capacity {
      killPlan.note(
        flag, isEnabled: snapshot.flags[flag].isEnabled, isHard: snapshot.flags[flag].isHardKill, now: now)
    }
  }

  /// Ends the requests to `unified` of the flags whose moment has come. One that has no answer yet is told so; an answer
  /// that has begun can only be cut.
  mutating func endKilled() {
    while let flag = killPlan.takeDue(now: now) {
      for index in 0..<clientsUsed where isUnderWay(index, flag) {
        count(.killed)
        respond(index, .killed)
        continueClient(index)
      }
    }
  }

  private func isUnderWay(_ index: Int, _ flag: Int) -> Bool {
    switch clients[index].phase {
    case .queued, .connecting, .exchanging: break
    case .free, .head, .answering, .draining, .lingering: return false
    }
    let exchange = clients[index].exchange
    return exchange.isDecided && exchange.cohort == .unified && exchange.group == flag
  }
}
