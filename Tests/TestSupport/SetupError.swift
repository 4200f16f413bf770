/// Something that the test stands on did not work; this says nothing about the code under test.
package struct SetupError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
