internal import FoundationEssentials

/// The body of a chat request: {"message": "..."}; other members are passed over.
struct ChatMessage: Codable {
  var message: String

  /// A longer one would make the memory that is kept for users too large.
  static let maximumBytes = 4_096

  static func read(_ body: [UInt8]) throws(ChatFault) -> String {
    guard !body.isEmpty else { throw .noBody }
    guard let document = try? JSONDecoder().decode(ChatMessage.self, from: Data(body)) else { throw .noMessage }
    guard document.message.contains(where: { !$0.isWhitespace }) else { throw .emptyMessage }
    guard document.message.utf8.count <= maximumBytes else { throw .messageTooLong }
    return document.message
  }
}
