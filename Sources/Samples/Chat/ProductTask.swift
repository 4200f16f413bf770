internal import Conversations

/// A task of three messages whose progress is in the state of the context, so it moves with the context:
///
///     create a product  ->  {"task":{"name":"create_product","step":"name"}}
///     Lamp              ->  {"task":{"name":"create_product","step":"price","product":"Lamp"}}
///     12.50             ->  {"products":1,"product":{"name":"Lamp","price":"12.50"}}
///
/// Other members of the state stay.
enum ProductTask {
  private static let name = "create_product"
  private static let beginnings = ["create a product", "create product", "new product"]

  /// The reply and the new state; nil when the message does not belong to the task.
  static func reply(to message: String, state: JSONObject) -> (reply: String, state: JSONObject)? {
    let text = plain(message)
    var state = state
    if beginnings.contains(text.lowercased()) {
      state["task"] = task("name")
      return ("Let us create a product. What is its name?", state)
    }
    guard let task = state["task"].flatMap({ try? JSONObject($0) }), task.text("name") == name else { return nil }
    if text.lowercased() == "cancel" {
      state["task"] = nil
      return ("Nothing was created.", state)
    }
    guard let product = task.text("product") else {
      state["task"] = Self.task("price", product: text)
      return ("What does \(text) cost?", state)
    }
    guard let price = price(text) else {
      return ("\"\(text)\" is no price; say one such as 12.50, or cancel.", state)
    }
    return ("Created: \(product) for \(price).", created(product, price, state))
  }

  private static func task(_ step: String, product: String? = nil) -> [UInt8] {
    var task = JSONObject()
    task.set("name", name)
    task.set("step", step)
    if let product { task.set("product", product) }
    return task.bytes
  }

  private static func created(_ name: String, _ price: String, _ before: JSONObject) -> JSONObject {
    var product = JSONObject()
    product.set("name", name)
    product.set("price", price)
    var state = before
    state["task"] = nil
    state.set("products", max(before.number("products") ?? 0, 0) &+ 1)
    state["product"] = product.bytes
    return state
  }

  private static func plain(_ message: String) -> String {
    let isSpace: (Character) -> Bool = { $0.isWhitespace || $0 == "\"" }
    let text = String(
      message.drop(while: isSpace).reversed().drop { isSpace($0) || $0 == "." || $0 == "!" }.reversed())
    return text.isEmpty ? message : text
  }

  /// `12`, `12.5`, `12,50 EUR`, `$12.50` -> `12.50`
  private static func price(_ text: String) -> String? {
    let bare = text.filter { !"€$£ ".contains($0) }.replacing("EUR", with: "").replacing("USD", with: "")
    let parts = bare.replacing(",", with: ".").split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), (1...9).contains(parts[0].count), parts.allSatisfy(isNumber) else {
      return nil
    }
    guard parts.count == 2 else { return parts[0] + ".00" }
    return (1...2).contains(parts[1].count) ? parts[0] + "." + parts[1] + (parts[1].count == 1 ? "0" : "") : nil
  }

  private static func isNumber(_ text: Substring) -> Bool { text.utf8.allSatisfy { (0x30...0x39).contains($0) } }
}
