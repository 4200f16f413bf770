/// How an application keeps the contexts of its users, on both paths: which keys, of which form, and which member of one
/// corresponds to which of the other. A table, read from YAML (`LayoutFile`, docs/layouts.md); no code knows an application.
package struct Layout: Sendable, Equatable {
  package var name: String
  /// Whether it is in the binary; a file may have the same name.
  package var isShipped = false
  /// At least one of the two roles.
  package var roles: [ContextRole: RoleLayout]

  package init(name: String, roles: [ContextRole: RoleLayout]) {
    self.name = name
    self.roles = roles
  }
}

/// The layout of one role.
package struct RoleLayout: Sendable, Equatable {
  package var role: ContextRole
  package var legacy: LegacyLayout
  package var unified: UnifiedLayout
  /// In the order in which they are applied.
  package var members: [MemberRow]
  /// Yields the ids of a user's open conversations; nil: the id is derived from the legacy key.
  package var conversations: ConversationQuery?
  /// Yields the last messages; nil: none but those in the legacy value.
  package var messages: MessageQuery?
  /// How long a context lives after its last use, in seconds; for values that have no expiry of their own.
  package var lifetime: Int
}

/// The form of one stored value.
package enum ValueForm: String, Sendable, CaseIterable {
  /// A string that holds JSON.
  case json
  /// A hash, whose fields are the members.
  case hash
  /// A list of JSON values; only for `history`.
  case list
}

/// The legacy value of a user: one key.
package struct LegacyLayout: Sendable, Equatable {
  /// At least one. A new value is written under the first.
  package var keys: [KeyPattern]
  /// `json` or `hash`. The fields of a hash hold text; those in `jsonFields` hold JSON.
  package var form: ValueForm
  package var jsonFields: Set<String>
  /// Members without which the application fails, by path; checked before each write, and of samples before the first.
  package var required: [RequiredMember]
  /// A required member whose value names the type. A value with another one is not this role's: it is refused.
  package var marker: Marker?
  /// What a missing value is made from: JSON in which `{user}` stands for the user, and times for the mapped members.
  package var template: [UInt8]?
  /// The member that holds the messages; nil: the value has none.
  package var messages: MemberPath?
  /// The times of the context, as the value has them.
  package var createdAt: MemberPath?
  package var updatedAt: MemberPath?
  package var timeFormat: TimeFormat

  package struct Marker: Sendable, Equatable {
    package var member: String
    package var value: String
  }
}

/// The keys of a conversation.
package struct UnifiedLayout: Sendable, Equatable {
  /// With `{user}`, `{id}` and `{part}`.
  package var key: KeyPattern
  /// `history` is json or list; `state` and `meta` are json or hash.
  package var history: ValueForm
  package var state: ValueForm
  package var meta: ValueForm
  /// Fields of a hash that hold JSON; all others hold text.
  package var jsonFields: Set<String>
  package var required: [RequiredUnifiedMember]
  /// The key that names the current conversation, with `{user}`; nil: the one with the latest activity is current.
  package var pointer: KeyPattern?
  /// Members of `meta`.
  package var createdAt: MemberPath?
  package var lastActivity: MemberPath?
  package var timeFormat: TimeFormat
  /// How a message is written: its members for the role, the text and the time (nil: no time).
  package var message: MessageMembers
  /// At most so many messages are kept.
  package var historyLimit: Int
  /// The member of `meta` that remembers what was last synchronised; nil: only the record does (`SyncRecord`).
  package var syncMember: String?

  package struct MessageMembers: Sendable, Equatable {
    package var role: String
    package var text: String
    package var time: String?
    package var timeFormat: TimeFormat
  }
}

package enum TimeFormat: String, Sendable, CaseIterable {
  /// RFC 3339: `2026-03-01T09:00:00+00:00`; written in UTC with `+00:00`.
  case rfc3339
  /// Numbers since 1970.
  case seconds, milliseconds
}

/// `activeEntities.product`: names from the top of the value down.
package struct MemberPath: Sendable, Hashable {
  package var names: [String]
  package init(_ names: [String]) { self.names = names }
}

package struct RequiredMember: Sendable, Equatable {
  package var path: MemberPath
  package var type: MemberType
}

package struct RequiredUnifiedMember: Sendable, Equatable {
  package var part: ConversationPart
  package var path: MemberPath
  package var type: MemberType
}

/// What a required member must be.
package enum MemberType: String, Sendable, CaseIterable {
  /// Anything but null.
  case any
  case text, number, list, object
  /// Text in RFC 3339.
  case rfc3339
}

/// One row of the table: a member of the legacy value and one of the conversation, each read from the other.
package struct MemberRow: Sendable, Equatable {
  /// `nil` means that the legacy value has no such member, and the conversation gets `value`.
  package var legacy: MemberPath?
  /// `nil` means that the conversation has no such member, and a new legacy value gets `value`.
  package var unified: UnifiedMember?
  /// What the side that has the member gets when the other side has none. JSON.
  package var value: [UInt8]?
  package var take: Take
  /// For lists of objects, or for the one object of `take: last`: how their members correspond; empty: as they are.
  package var each: [SubMember]
  /// With `take: last`: the row is about this member of the element, not about all of it.
  package var member: String?
  /// Only an element whose legacy member has this text; another one gives null, and is left as it is.
  package var when: Condition?
  /// The formats of a time; nil: it is none. With equal formats the bytes are moved as they are.
  package var time: TimePair?

  package enum Take: Sendable, Equatable {
    /// The value as it is.
    case all
    /// The first or last elements of a list.
    case first(Int)
    case last(Int)
    /// The last element itself; null for an empty list.
    case lastElement
  }

  package struct Condition: Sendable, Equatable {
    package var member: String
    package var text: String
  }
}

package struct UnifiedMember: Sendable, Hashable {
  /// `state` or `meta`.
  package var part: ConversationPart
  /// Without names: the whole part.
  package var path: MemberPath
}

/// A member of the elements of a list; the first of a row identifies the element.
package struct SubMember: Sendable, Equatable {
  package var legacy: String
  package var unified: String
  package var time: TimePair?
}

package struct TimePair: Sendable, Equatable {
  package var legacy: TimeFormat
  package var unified: TimeFormat
}
