/// Why an encrypted connection could not be made or kept. The texts name no address: whoever connects knows it.
package enum TLSError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file with the certificates of trusted authorities cannot be used.
  case authorities(path: String, reason: String)
  /// The library refuses a setting: nothing that the peer did.
  case setup(reason: String)
  /// The peer's certificate is not trusted, or is for another host.
  case untrusted(host: String, reason: String)
  /// The two sides did not agree, for instance because the peer does not speak TLS at all.
  case handshake(reason: String)
  /// An established connection has failed.
  case connection(reason: String)

  package var description: String {
    switch self {
    case .authorities(let path, let reason):
      "cannot use the CA file \"\(path)\": \(reason). Give a readable file with certificates in PEM form"
    case .setup(let reason): "cannot prepare TLS: \(reason). Check the installation of OpenSSL 3"
    case .untrusted(let host, let reason):
      "the certificate of \"\(host)\" is not trusted: \(reason). Give the CA file that signed it, and connect by a name "
        + "or address that it is made out for"
    case .handshake(let reason):
      "TLS handshake: \(reason). Check that the port expects TLS, version 1.2 or later"
    case .connection(let reason): "TLS: \(reason). Connect again"
    }
  }
}
