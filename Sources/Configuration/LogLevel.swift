/// What is told of what happens to the program, on standard error: this and what is more severe.
package enum LogLevel: String, Sendable, CaseIterable {
  case debug, info, notice, warning, error
}
