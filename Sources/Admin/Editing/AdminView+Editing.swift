internal import Concurrency
internal import FlagStore
internal import Flags
internal import JSON
internal import LocalServer

// Editing: what is stored is read and changed at the store desk; the local kill is ours alone and waits for nobody.
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
      return ErrorDocument(error: "No route asks a flag of that name; there are \(known).").response(status: 404)
    }
    var response = Response.json(JSONText.body(FlagState(flag)))
    response.headers.append(RevisionCondition.tag(flag.revision))
    return response
  }

  private func audit(_ call: AdminCall) -> Reply {
    let query: AuditQuery
    do throws(EditFault) { query = try AuditQuery(call.request.query) } catch { return .now(error.response) }
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
      let error = "Say which revision the change is based on: If-Match with the ETag of the flag."
      return .now(ErrorDocument(error: error).response(status: 428))
    }
    return edit(call, allowed: ["percentage", "allow", "deny", "reason", "by"]) { body throws(EditFault) in
      guard let percentage = try body.percentage() else { throw EditFault("percentage is missing") }
      return .replace(percentage: percentage, allow: try body.users("allow"), deny: try body.users("deny"))
    }
  }

  private func kill(_ call: AdminCall) -> Reply {
    edit(call, allowed: ["hard", "reason", "by"]) { body throws(EditFault) in .kill(hard: try body.isHard()) }
  }

  private func restore(_ call: AdminCall) -> Reply {
    edit(call, allowed: ["reason", "by"]) { _ throws(EditFault) in .restore }
  }

  private func edit(
    _ call: AdminCall, allowed: [String], _ read: (EditRequest) throws(EditFault) -> FlagEdit
  ) -> Reply {
    let (name, condition) = (call.key, RevisionCondition(call.request))
    do throws(EditFault) {
      if condition == .malformed { throw EditFault("If-Match is no revision in double quotes, such as \"7\"") }
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
      return .now(ErrorDocument(error: "This proxy has no store that could be edited.").response(status: 503))
    }
    return store.run { source in
      do throws(FlagStoreError) { return try work(source) } catch { return error.response }
    }
  }

  // MARK: The local kill

  private func killLocally(_ call: AdminCall) -> Response {
    changeLocally(call, allowed: ["hard", "reason", "by"]) { body, inForce throws(EditFault) in
      let kill = LocalKill(by: try body.author(), reason: try body.reason(), hard: try body.isHard())
      return (true, inForce.killLocally(kill))
    }
  }

  private func restoreLocally(_ call: AdminCall) -> Response {
    changeLocally(call, allowed: ["reason", "by"]) { body, inForce throws(EditFault) in
      _ = try body.reason()
      return inForce.restoreLocally(by: try body.author())
    }
  }

  private func changeLocally(
    _ call: AdminCall, allowed: [String],
    _ change: (EditRequest, FlagsInForce) throws(EditFault) -> (isChange: Bool, isKept: Bool)
  ) -> Response {
    guard let inForce else {
      return ErrorDocument(error: "This proxy has no kill switch of its own.").response(status: 503)
    }
    do throws(EditFault) {
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
