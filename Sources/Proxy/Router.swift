internal import Bytes
internal import Flags

/// Finds the route of a path: the longest prefix that ends at a segment boundary.
struct Router: ~Copyable {
  enum Decider: Equatable {
    /// The flag with this number.
    case flag(Int)
    case cohort(Cohort)
  }

  struct Route: ~Copyable {
    let path: FixedBytes
    let decider: Decider
  }

  /// Longest path first, so that the first match wins.
  private let routes: Slab<Route>

  /// `settings` has a route for "/", and `flagNames` all flags that the routes name.
  init(_ settings: [RouteSettings], flagNames: [String]) {
    let sorted = settings.sorted { $0.path.utf8.count > $1.path.utf8.count }
    routes = Slab(capacity: sorted.count) { index in
      let decider: Decider =
        switch sorted[index].target {
        case .flag(let name): .flag(flagNames.firstIndex(of: name) ?? 0)
        case .cohort(let cohort): .cohort(cohort)
        }
      return Route(path: FixedBytes(sorted[index].path), decider: decider)
    }
  }

  /// The route of `path` (without query). A target that is no path ("*") takes the route of "/".
  func decider(for path: RawSpan) -> Decider {
    var index = 0
    while index < routes.count &- 1 {
      if Self.serves(routes[index].path.bytes, path) { return routes[index].decider }
      index &+= 1
    }
    return routes[routes.count &- 1].decider
  }

  private static func serves(_ prefix: RawSpan, _ path: RawSpan) -> Bool {
    let count = prefix.byteCount
    guard path.byteCount >= count, path.extracting(from: 0, to: count).equals(prefix) else { return false }
    return path.byteCount == count || prefix[count &- 1] == 0x2F || path[count] == 0x2F
  }
}
