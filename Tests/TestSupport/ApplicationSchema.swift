/// The tables of the application that the layout spec-012 is about.
package enum ApplicationSchema {
  package static let sql = """
    CREATE TABLE conversations (id BINARY(16) PRIMARY KEY, user_id BINARY(16) NOT NULL, title VARCHAR(255),
      created_at DATETIME, updated_at DATETIME, KEY (user_id));
    CREATE TABLE conversation_messages (id BINARY(16) PRIMARY KEY DEFAULT (UNHEX(REPLACE(UUID(), '-', ''))),
      conversation_id BINARY(16), role VARCHAR(20), content LONGTEXT, tool_calls JSON, `timestamp` DATETIME,
      KEY (conversation_id));
    CREATE TABLE admin_assistant_conversations (id BINARY(16) PRIMARY KEY, admin_user_id BINARY(16), started_at DATETIME,
      ended_at DATETIME, context_state JSON, session_id VARCHAR(64), KEY (admin_user_id));
    CREATE TABLE admin_assistant_messages (id BINARY(16) PRIMARY KEY DEFAULT (UNHEX(REPLACE(UUID(), '-', ''))),
      conversation_id BINARY(16), sender VARCHAR(20), message_text LONGTEXT, sent_at DATETIME, KEY (conversation_id));
    """
}
