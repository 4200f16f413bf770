import Bytes
import Foundation

@testable import Proxy

func base64url(_ bytes: [UInt8]) -> String {
  Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
}

/// The Authorization line of a token with this payload, and a signature that is none.
func bearer(_ payload: String) -> String {
  "Authorization: Bearer \(base64url(Array("{\"alg\":\"none\"}".utf8))).\(base64url(Array(payload.utf8))).c2lnbmF0dXJl"
}

/// What the scanner says of `claim` in `json`: how often it is there, and its value when that is once.
struct Scanned: Equatable {
  var occurrences: Int
  var value: [UInt8]?

  init(_ json: [UInt8], claim: String = "sub") {
    var key = ByteWriter(capacity: 1_024)
    var scanner = ClaimScanner(json.span.bytes)
    occurrences = scanner.find(FixedBytes(claim), into: &key)
    value = occurrences == 1 ? array(key.bytes) : nil
  }

  init(_ json: String, claim: String = "sub") { self.init(Array(json.utf8), claim: claim) }

  var text: String? { value.map { String(decoding: $0, as: UTF8.self) } }
}
