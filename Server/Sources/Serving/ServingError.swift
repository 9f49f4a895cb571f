import Glibc

/// An error of the files that the server needs besides models; requests that cannot be answered throw `RequestError`.
package enum ServingError: Error, Equatable, CustomStringConvertible {
  case unwritableLog(path: String, code: Int32)
  case damagedCertificates(path: String)
  case noCertificate(path: String)
  case damagedKey(path: String)
  case mismatch(certificate: String, privateKey: String)

  package var description: String {
    switch self {
    case .unwritableLog(let path, let code):
      "\(path): the log cannot be written there: \(String(cString: strerror(code))); give another --log-file"
    case .damagedCertificates(let path):
      "\(path): expected a certificate chain in PEM, and it is not one or is damaged; give another --certificate"
    case .noCertificate(let path):
      "\(path): expected a certificate chain in PEM, and there is no certificate; give another --certificate"
    case .damagedKey(let path):
      "\(path): expected a private key in PEM without a passphrase, and it is not one or is damaged; "
        + "give another --private-key"
    case .mismatch(let certificate, let privateKey):
      "\(certificate) and \(privateKey) do not belong together; give a certificate and its own key"
    }
  }
}
