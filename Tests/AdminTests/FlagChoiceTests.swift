import Concurrency
import Flags
import LocalServer
import Testing

@testable import Admin

@Suite struct FlagChoiceTests {
  private func choose(_ name: String?, among names: [String]) throws -> String {
    let fixture = try Fixture()
    var view = fixture.view
    view.flags = Published(
      FlagSnapshot(generation: 1, flags: try names.map { Flag(name: $0, percentage: try Percentage(10)) }))
    return try view.chosenFlag(name)
  }

  @Test(
    "Without a name it is the standard flag, or the only one: what the commands change",
    arguments: [
      (nil, ["A", Flag.standardName, "B"], Flag.standardName), (nil, ["A"], "A"), ("B", ["A", "B"], "B"),
    ] as [(String?, [String], String)])
  func chosen(name: String?, names: [String], expected: String) throws {
    #expect(try choose(name, among: names) == expected)
  }

  @Test("Of several others none is taken by chance, and an unknown one is said with those there are")
  func refused() throws {
    for (name, names, status) in [(nil, ["A", "B"], 400), ("C", ["A", "B"], 404), (nil, [], 400)]
      as [(String?, [String], Int)]
    {
      do {
        _ = try choose(name, among: names)
        Issue.record("\(names) should be refused")
      } catch let fault as FlagChoiceFault {
        #expect(fault.response.status == status)
      }
    }
  }
}
