/// Where an application keeps what it remembers of its users, in one of the two layouts.
///
/// An interaction is two calls, each of them one atomic step: `hear` what the user says, `say` the answer. Interactions of
/// one user at the same moment lose no message, and none of them sees half of another. Calls may block for as long as
/// the store is given; they come from any thread.
package protocol ContextStore: Sendable {
  /// The message comes in: it is appended, and everything of the conversation lives on for a whole lifetime. Where there
  /// is no conversation, or none any longer, one begins.
  func appendUserMessage(_ message: Message, from owner: ContextOwner) throws(ContextError) -> Context

  /// The answer goes out, with the new state, if the state is still that of `context`; nil: it is said.
  ///
  /// Otherwise nothing is written and the context as it is now comes back: somebody else went a step on with the same
  /// task meanwhile, and what to answer has to be thought over. Without a new state there is nothing to compare.
  func commitReply(_ reply: Message, state: [UInt8]?, in context: Context) throws(ContextError) -> Context?
}
