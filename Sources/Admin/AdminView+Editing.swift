internal import Concurrency
package import FlagStore
internal import Flags
internal import JSON
internal import LocalServer
package import Reactor

// Editing. Stored flags are read and changed on the store's queue; the local kill concerns this proxy alone and never waits.
extension AdminView {
  var editingRoutes: [AdminRoute] {
    [
      AdminRoute("GET", "/api/v1/flags", .reads) { _ in flagList },
      AdminRoute("GET", "/api/v1/flags/{key}", .reads) { flag($0.key) },
      AdminRoute("PUT", "/api/v1/flags/{key}", .changes, deferred: { replace($0) }),
      AdminRoute("POST", "/api/v1/flags/{key}/kill", .changes, deferred: { kill($0) }),
      AdminRoute("POST", "/api/v1/flags/{key}/restore", .changes, deferred: { restore($0) }),
      AdminRoute("GET", "/api/v1/audit", .reads, deferred: { audit($0) }),
      AdminRoute("GET", "/api/v1/proxies", .reads, deferred: { _ in proxies }),
      AdminRoute("POST", "/api/v1/kill", .changes) { killLocally($0) },
      AdminRoute("POST", "/api/v1/restore", .changes) { restoreLocally($0) },
    ]
  }

  // MARK: Reading

  private var flagList: Response {
    let (snapshot, source) = (flags.load(), flagSource())
    let list = FlagList(
      generation: snapshot.generation, killedLocally: source.localKill != nil, flags: snapshot.flags.map(FlagState.init)
    )
    return .json(JSONText.body(list))
  }

  private func flag(_ name: String) -> Response {
    let snapshot = flags.load()
    guard let flag = snapshot.flags.first(where: { $0.name == name }) else {
      let known = snapshot.flags.prefix(20).map(\.name).joined(separator: ", ")
      return ErrorBody(error: "No route uses a flag of that name. Flags in use: \(known).").response(status: 404)
    }
    var response = Response.json(JSONText.body(FlagState(flag)))
    response.headers.append(RevisionCondition.tag(flag.revision))
    return response
  }

  private func audit(_ call: AdminCall) -> Reply {
    let query: AuditQuery
    do throws(QueryError) { query = try AuditQuery(call.request.query) } catch { return .now(error.response) }
    return atStore { source throws(FlagStoreError) in
      .json(JSONText.body(try source.audit(flag: query.flag, limit: query.limit)))
    }
  }

  private var proxies: Reply {
    atStore { source throws(FlagStoreError) in
      let fleet = try source.fleet()
      return .json(JSONText.body(ProxyList(registered: fleet != nil, proxies: fleet ?? [])))
    }
  }

  // MARK: Changing what is stored

  private func replace(_ call: AdminCall) -> Reply {
    if RevisionCondition(call.request) == .none {
      let error = "If-Match is missing: send the ETag of the flag that the change is based on."
      return .now(ErrorBody(error: error).response(status: 428))
    }
    return edit(call, allowed: ["percentage", "allow", "deny", "reason", "by"]) { body throws(EditError) in
      guard let percentage = try body.percentage() else { throw EditError("percentage is missing") }
      return .replace(percentage: percentage, allow: try body.users("allow"), deny: try body.users("deny"))
    }
  }

  private func kill(_ call: AdminCall) -> Reply {
    edit(call, allowed: ["hard", "reason", "by"]) { body throws(EditError) in .kill(hard: try body.isHard()) }
  }

  private func restore(_ call: AdminCall) -> Reply {
    edit(call, allowed: ["reason", "by"]) { _ throws(EditError) in .restore }
  }

  private func edit(
    _ call: AdminCall, allowed: [String], _ read: (EditRequest) throws(EditError) -> FlagEdit
  ) -> Reply {
    let (name, condition) = (call.key, RevisionCondition(call.request))
    do throws(EditError) {
      if condition == .malformed { throw EditError("If-Match is not a revision in double quotes, such as \"7\"") }
      let body = try EditRequest(call.request, allowed: allowed)
      let (edit, signature) = (try read(body), try body.signature(from: call.request.peer))
      return atStore { source throws(FlagStoreError) in
        try StoredEdit(name: name, condition: condition, edit: edit, signature: signature).response(from: source)
      }
    } catch {
      return .now(error.response)
    }
  }

  private func atStore(
    _ work: @escaping @Sendable (any FlagSource) throws(FlagStoreError) -> Response
  ) -> Reply {
    guard let store else {
      return .now(ErrorBody(error: "This proxy has no flag store to edit.").response(status: 503))
    }
    return store.run { source in
      do throws(FlagStoreError) { return try work(source) } catch { return error.response }
    }
  }

  // MARK: The local kill

  private func killLocally(_ call: AdminCall) -> Response {
    changeLocally(call, allowed: ["hard", "reason", "by"]) { body, inForce throws(EditError) in
      let kill = LocalKill(by: try body.author(), reason: try body.reason(), hard: try body.isHard())
      return (true, inForce.killLocally(kill))
    }
  }

  private func restoreLocally(_ call: AdminCall) -> Response {
    changeLocally(call, allowed: ["reason", "by"]) { body, inForce throws(EditError) in
      _ = try body.reason()
      return inForce.restoreLocally(by: try body.author())
    }
  }

  private func changeLocally(
    _ call: AdminCall, allowed: [String],
    _ change: (EditRequest, FlagsInForce) throws(EditError) -> (isChange: Bool, isKept: Bool)
  ) -> Response {
    guard let inForce else {
      return ErrorBody(error: "This proxy has no local kill switch.").response(status: 503)
    }
    do throws(EditError) {
      let (isChange, isKept) = try change(try EditRequest(call.request, allowed: allowed), inForce)
      let status = inForce.status()
      return .json(
        JSONText.body(
          LocalState(
            changed: isChange, killedLocally: status.localKill != nil, kept: isKept, generation: status.generation)))
    } catch {
      return error.response
    }
  }
}

/// Runs the admin port's work at the flag store, which may block, on a thread of its own.
package final class StoreJobQueue: Sendable {
  private let source: any FlagSource
  private let queue: JobQueue

  package init(_ source: any FlagSource) throws(SystemError) {
    self.source = source
    queue = try JobQueue(name: "admin-store", capacity: AdminView.waitingRequests) { AdminView.busy }
  }

  /// Runs `work` on the queue's thread. It may block for a bounded time.
  func run(_ work: @escaping @Sendable (any FlagSource) -> Response) -> Reply {
    let source = source
    return queue.run { work(source).notStored }
  }

  /// Refuses the requests that wait with 503; `join` waits for the one under way.
  package func stop() { queue.stop() }

  package func join() { queue.join() }
}

extension AdminView {
  /// The most requests that may wait in one queue.
  static let waitingRequests = 64

  static var busy: Response {
    ErrorBody(error: "Too many requests are waiting and nothing was changed; try again.").response(status: 503)
      .notStored
  }
}
