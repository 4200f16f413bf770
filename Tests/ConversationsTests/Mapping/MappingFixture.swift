@testable import Conversations

enum Spec012 {
  static let client = shipped("spec-012", .client)
  static let admin = shipped("spec-012", .admin)

  static func shipped(_ name: String, _ role: ContextRole) -> Mapping {
    guard let layout = try? Layout.shipped(named: name)?.roles[role] else { preconditionFailure("no layout \(name)") }
    return Mapping(layout)
  }

  static func unified(
    form: ValueForm = .json, json: Set<String> = []
  ) -> UnifiedLayout {
    guard let key = try? KeyPattern("conversation:{user}:{id}:{part}") else { preconditionFailure("no pattern") }
    return UnifiedLayout(
      key: key, history: .json, state: form, meta: form,
      jsonFields: json, required: [], pointer: nil, createdAt: path("created_at"),
      lastActivity: path("last_activity"), timeFormat: .rfc3339,
      message: UnifiedLayout.MessageMembers(role: "role", text: "content", time: nil, timeFormat: .rfc3339),
      historyLimit: 10, syncMember: nil)
  }

  // MARK: Rows

  static func path(_ text: String) -> MemberPath { MemberPath(text.split(separator: ".").map(String.init)) }

  static func row(
    _ legacy: String?, _ unified: String?, value: String? = nil, take: MemberRow.Take = .all, each: [SubMember] = []
  ) -> MemberRow {
    let unified = unified.map { text in
      let names = path(text).names
      return UnifiedMember(
        part: ConversationPart(rawValue: names[0]) ?? .state, path: MemberPath(Array(names.dropFirst())))
    }
    return MemberRow(
      legacy: legacy.map { path($0) }, unified: unified, value: value.map { Array($0.utf8) }, take: take, each: each)
  }

  static func time(_ legacy: String, _ unified: String, _ pair: TimePair? = nil) -> MemberRow {
    var row = row(legacy, unified)
    row.time = pair ?? TimePair(legacy: .rfc3339, unified: .rfc3339)
    return row
  }

  static func sub(_ legacy: String, _ unified: String, _ time: TimePair? = nil) -> SubMember {
    SubMember(legacy: legacy, unified: unified, time: time)
  }
}

extension Mapping {
  /// A mapping of a few rows between JSON values, without markers and required members.
  static func of(
    _ rows: [MemberRow], legacy: ValueForm = .json, unified: ValueForm = .json, json: Set<String> = [],
    required: [RequiredMember] = [], messages: String? = nil, template: String? = "{}"
  ) -> Mapping {
    Mapping(
      RoleLayout(
        role: .client,
        legacy: LegacyLayout(
          keys: [], form: legacy, jsonFields: json, required: required, marker: nil,
          template: template.map { Array($0.utf8) }, messages: messages.map { Spec012.path($0) }, createdAt: nil,
          updatedAt: nil, timeFormat: .rfc3339),
        unified: Spec012.unified(form: unified, json: json), members: rows, conversations: nil, messages: nil,
        lifetime: 1_800))
  }

  static let id = ConversationID.derived(from: Array("chat:customer:1".utf8))
  static let user = Array("0f6d2a10-5b7e-4c1d-9a33-2b1c7d5e8f90".utf8)

  func read(_ json: String) throws -> LegacyDocument { try legacy(.json(Array(json.utf8)), user: Self.user) }

  /// The state of a new conversation.
  func state(_ legacy: String) throws -> String { try forward(read(legacy), id: Self.id).state?.text ?? "" }

  func back(_ state: String, _ meta: String = "{}", into base: String?, history: [Message] = []) throws -> String {
    try backward(
      MappedParts(state: .json(Array(state.utf8)), meta: .json(Array(meta.utf8))), history: history,
      into: base.map { .json(Array($0.utf8)) }, user: Self.user
    ).text
  }

  /// The state of a conversation after what was done on legacy.
  func state(_ legacy: String, into state: String) throws -> String {
    try forward(
      read(legacy), id: Self.id, into: MappedParts(state: .json(Array(state.utf8)), meta: .json(Array("{}".utf8)))
    ).state?.text ?? ""
  }
}

extension StoredDocument {
  /// JSON, or the fields of a hash line by line.
  var text: String {
    switch self {
    case .json(let bytes): String(decoding: bytes, as: UTF8.self)
    case .hash(let fields):
      fields.map {
        "\(String(decoding: $0.name, as: UTF8.self))=\(String(decoding: $0.value, as: UTF8.self))"
      }.joined(separator: "\n")
    }
  }

  static func fields(_ fields: KeyValuePairs<String, String>) -> StoredDocument {
    .hash(fields.map { Field(name: Array($0.key.utf8), value: Array($0.value.utf8)) })
  }
}

/// Documents as the application writes them.
enum Documents {
  static let customer = #"""
    {"userId":"0f6d2a10-5b7e-4c1d-9a33-2b1c7d5e8f90","flow":"cart_management","lastTool":"AddToCart","turnCount":4,
    "createdAt":"2026-03-01T09:00:00+00:00","updatedAt":"2026-03-01T09:03:10Z",
    "selectedProducts":[17,"a1b2\/\u00e9"],"cartSnapshot":[{"product_id":"a1b2\/\u00e9","quantity":2}],
    "language":"es", "extra" : [ 1 ] ,"_context_type":"App\\Domain\\ValueObject\\CustomerConversationContext"}
    """#

  static let customerState =
    #"{"flow":"cart_management","last_tool":"AddToCart","turn_count":4,"selected_products":[17,"a1b2\/\u00e9"],"#
    + #""cart_items":[{"product_id":"a1b2\/\u00e9","quantity":2}],"checkout_step":null,"language":"es"}"#

  static let customerMeta =
    #"{"created_at":"2026-03-01T09:00:00+00:00","last_activity":"2026-03-01T09:03:10Z","role":"client"}"#

  static let admin = #"""
    {"adminId":"0f6d2a10-5b7e-4c1d-9a33-2b1c7d5e8f90","flow":"inventory_management","lastTool":null,"turnCount":2,
    "createdAt":"2026-03-01T09:00:00+00:00","updatedAt":"2026-03-01T09:03:10+00:00",
    "activeEntities":{"product":[16, 17]},"timePeriod":"this_week",
    "pendingActions":[{"type":"update_stock","data":{"productId":17},"addedAt":"2026-03-01T09:03:10+00:00","by":"x"}],
    "_context_type":"App\\Domain\\ValueObject\\AdminConversationContext"}
    """#

  static let adminState =
    #"{"last_tool":null,"turn_count":2,"current_product":17,"current_period":"this_week","#
    + #""pending_confirmation":{"action":"update_stock","params":{"productId":17},"timestamp":1772355790},"#
    + #""draft_product":null}"#

  static let adminMeta =
    #"{"created_at":"2026-03-01T09:00:00+00:00","last_activity":"2026-03-01T09:03:10+00:00","role":"admin"}"#
}
