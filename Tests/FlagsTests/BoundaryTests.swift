import Flags
import Testing

@Suite("When two flags are the same")
struct BoundaryTests {
  private static let flag = Flag(
    name: "F", percentage: .zero, salt: "s", allow: ["a"], deny: ["d"], revision: 1, updatedAt: "t", updatedBy: "b",
    reason: "r")

  private static let changes: [(what: String, change: @Sendable (inout Flag) -> Void)] = [
    ("name", { $0.name = "G" }), ("enabled", { $0.isEnabled = false }), ("hard kill", { $0.isHardKill = true }),
    ("percentage", { $0.percentage = .full }), ("salt", { $0.salt = "S" }), ("hash", { $0.hash = .growthbook }),
    ("allow", { $0.allow = ["A"] }), ("no allow", { $0.allow = [] }), ("deny", { $0.deny = ["D"] }),
    ("revision", { $0.revision = 2 }), ("time", { $0.updatedAt = "T" }), ("author", { $0.updatedBy = nil }),
    ("reason", { $0.reason = "R" }), ("no reason", { $0.reason = nil }),
  ]

  @Test("A copy is the same; a change of any one member makes another flag, seen from both sides")
  func members() {
    let flag = Self.flag
    #expect(flag == Self.flag)
    for (what, change) in Self.changes {
      var other = flag
      change(&other)
      #expect(flag != other, "\(what)")
      #expect(other != flag, "\(what)")
      #expect(other == other, "\(what)")
    }
  }

  @Test("Texts are the same when their bytes are: one character that is written in two ways makes two flags")
  func bytes() {
    let (composed, decomposed) = ("\u{E9}", "e\u{301}")
    #expect(composed == decomposed)
    #expect(Flag(name: composed, percentage: .zero) != Flag(name: decomposed, percentage: .zero))
    var (one, other) = (Self.flag, Self.flag)
    (one.reason, other.reason) = (composed, decomposed)
    #expect(one != other)
  }
}
