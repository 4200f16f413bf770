-- The table of messages that turnout reads and writes unless turnout.yaml has another query (contexts.queries, docs/cli.md).
--
--   mariadb --host=... --user=... --password shop < deploy/mysql/messages.sql
--
-- For MariaDB 10.2 and MySQL 8.0, and later ones. The user that turnout logs in with needs SELECT on it, for the sample
-- application also INSERT.

CREATE TABLE IF NOT EXISTS messages (
  id         BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  -- client: a customer at the chat; admin: someone of the shop at the assistant.
  channel    ENUM('client', 'admin') NOT NULL,
  -- Compared byte by byte: "Anna" and "anna" are two users, as they are in Redis.
  user_id    VARCHAR(191) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  -- user or assistant.
  role       VARCHAR(16) CHARACTER SET ascii NOT NULL,
  content    MEDIUMTEXT CHARACTER SET utf8mb4 NOT NULL,
  -- In UTC, to the millisecond.
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  -- The only index that reading needs: the last messages of one user stand side by side at its end.
  KEY of_user (channel, user_id, created_at)
) ENGINE = InnoDB;
