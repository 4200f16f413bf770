/// Layouts of applications that are unlike the two that ship.
enum LayoutShapes {
  /// One hash a user: fields of text, and one of JSON.
  static let hash = """
    layout: booking
    roles:
      client:
        lifetime: 3600
        legacy:
          keys: ["session:{user}"]
          form: hash
          json_fields: [cart]
          required: {step: text, visits: number, started: number}
          created_at: started
          updated_at: seen
          time_format: seconds
          template: '{"step":"start","visits":1,"started":0,"seen":0,"cart":[]}'
        unified:
          key: "assistant:{user}:{id}:{part}"
          required: {meta.started_at: rfc3339}
          created_at: started_at
          last_activity: seen_at
          time_format: rfc3339
          message: {role: speaker, text: body}
          history_limit: 20
        members:
          - {legacy: step, unified: state.step}
          - {legacy: visits, unified: state.visits, value: 1}
          - {legacy: cart, unified: state.basket.items, each: {sku: sku, n: quantity}, value: []}
          - {legacy: started, unified: meta.started_at, time: {legacy: seconds, unified: rfc3339}}
          - {legacy: seen, unified: meta.seen_at, time: {legacy: seconds, unified: rfc3339}}
          - {unified: meta.owner, value: "{user}"}
    """

  /// One list of messages a conversation; the legacy value has them, too.
  static let list = """
    layout: support
    roles:
      admin:
        lifetime: 900
        legacy:
          keys: ["desk:{user}:open"]
          messages: log.lines
          updated_at: at
          time_format: milliseconds
          template: '{"log":{"lines":[]},"topic":"","at":0}'
        unified:
          key: "thread:{id}:{user}:{part}"
          history: list
          meta: hash
          pointer: "thread:of:{user}"
          last_activity: at
          time_format: milliseconds
          message: {role: from, text: line, time: at, time_format: milliseconds}
          history_limit: 50
        members:
          - {legacy: topic, unified: meta.topic}
          - {legacy: at, unified: meta.at, time: milliseconds}
    """

  /// A prefix in front of every key.
  static let prefix = """
    layout: shop
    key_prefix: "myapp_database_"
    roles:
      client:
        lifetime: 1800
        legacy:
          keys: ["ctx:{user}", "chat_{user}_context"]
          required: {cart: list}
        unified:
          key: "conversations:{user}:{id}:{part}"
          pointer: "conversations:current:{user}"
          message: {role: role, text: content}
          history_limit: 10
          sync_member: synced
        members:
          - {legacy: cart, unified: state.cart, take: last 3, value: []}
          - {legacy: filters, unified: state.filters, value: {}}
    """
}
