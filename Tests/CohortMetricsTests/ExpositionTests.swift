import Testing

/// The judge is judged: a reader that accepted everything would prove nothing.
@Suite struct ExpositionTests {
  @Test(
    "A text that a scraper refuses, or that lies about its series, is refused",
    arguments: [
      "",
      "a 1\n",
      "# TYPE a gauge\na 1\n",
      "# HELP a x\n# TYPE a gauge\na 1",
      "# HELP a x\n# TYPE a gauge\n\na 1\n",
      "# HELP a x\n# TYPE a gauge\na one\n",
      "# HELP a x\n# TYPE a gauge\na nan\n",
      "# HELP a x\n# TYPE a gauge\na 1\na 2\n",
      "# HELP a x\n# TYPE a gauge\nb 1\n",
      "# HELP a x\n# TYPE a gauge\na{l=\"\"\"} 1\n",
      "# HELP a x\n# TYPE a gauge\na{l=\"\\q\"} 1\n",
      "# HELP a x\n# TYPE a gauge\na{l=\"1\",l=\"2\"} 1\n",
      "# HELP a x\n# TYPE a gauge\na{1=\"1\"} 1\n",
      "# HELP a x\n# TYPE a counter\na 1\n",
      "# HELP a_total x\n# TYPE a_total gauge\na_total 1\n",
      "# HELP a_total x\n# TYPE a_total counter\na_total -1\n",
      "# HELP a x\n# TYPE a gauge\na 1\n# HELP b x\n# TYPE b gauge\nb 1\na{l=\"2\"} 1\n",
      "# HELP a x\n# TYPE a histogram\na_bucket{le=\"1\"} 1\na_sum 1\na_count 1\n",
      "# HELP a x\n# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n",
      "# HELP a x\n# TYPE a histogram\na_bucket{le=\"1\"} 1\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 2\n",
    ])
  func refused(text: String) {
    #expect(throws: Exposition.Complaint.self) { try Exposition(Array(text.utf8)) }
  }

  @Test("A text in order is read")
  func read() throws {
    let text = "# HELP a x\n# TYPE a gauge\na{l=\"\\\"\\\\\\n\",m=\"\"} -1.5e-3\n"
    #expect(try Exposition(Array(text.utf8))["a", ["l": "\"\\\n", "m": ""]] == -0.0015)
  }
}
