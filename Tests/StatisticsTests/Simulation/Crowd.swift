import Foundation
import TestSupport

/// Users of very different activity, each with ways of their own, put into cohorts by chance.
struct Crowd {
  enum Activity: Sendable {
    /// The busiest of a thousand sends about a hundred times what the middle one does.
    case logNormal
    /// As far from even as among the customers of one shop: the busiest of a thousand sends twenty times the middle one's.
    case moderate
    /// One in a hundred sends half of everything; nobody more than a twentieth.
    case pareto
  }

  struct User {
    let isUnified: Bool
    let cluster: Int
    /// How much likelier than others this user's requests fail; 1 on average.
    let failing: Double
    /// How much longer they take.
    let slowness: Double
    /// Of all requests.
    let share: Double
  }

  let users: [User]
  /// Users as often as they are active, so that one look-up draws the sender of a request.
  private let senders: [Int]

  /// `unevenness`: the standard deviation of the logarithm of how long users' requests take.
  init(_ count: Int, _ activity: Activity, share: Double, unevenness: Double = 0.3, using random: inout SeededGenerator)
  {
    var weights = (0..<count).map { _ in
      switch activity {
      case .logNormal: exp(1.5 * random.normal())
      case .moderate: exp(random.normal())
      case .pareto: random.pareto(shape: 1.2)
      }
    }
    let limit = weights.reduce(0, +) / 20
    weights = weights.map { min($0, limit) }
    let sum = weights.reduce(0, +)
    users = weights.map { weight in
      User(
        isUnified: random.uniform() < share, cluster: Int(random.next() % 1_024), failing: exp(random.normal() - 0.5),
        slowness: exp(unevenness * random.normal()), share: weight / sum)
    }
    var senders: [Int] = []
    var reached = 0.0
    for (index, user) in users.enumerated() {
      reached += user.share * 16_384
      while Double(senders.count) < reached && senders.count < 16_384 { senders.append(index) }
    }
    while senders.count < 16_384 { senders.append(count - 1) }
    self.senders = senders
  }

  /// Who sends the next request.
  func sender(using random: inout SeededGenerator) -> User { users[senders[Int(random.next() & 16_383)]] }
}
