extension MemberPath {
  /// The JSON of this member; nil where there is none.
  package func found(in json: [UInt8]) -> [UInt8]? {
    var value = json
    for name in names {
      guard let object = try? JSONObject(value), let next = object[name] else { return nil }
      value = next
    }
    return value
  }
}
