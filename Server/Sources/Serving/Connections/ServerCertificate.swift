import Glibc
import ModelVersions
import NIOSSL
import Synchronization

/// The server's TLS certificate and key, in two files, which can be replaced while the server runs.
package final class ServerCertificate: Sendable {
  private struct Loaded {
    let context: NIOSSLContext
    /// The identities of the files at the last attempt to read them.
    var files: [FileIdentity?]
  }

  private let path: String
  private let keyPath: String
  private let loaded: Mutex<Loaded>

  /// - Throws: one line that names the file, if one of them cannot be read, or they do not belong together.
  package init(path: String, privateKey keyPath: String) throws {
    (self.path, self.keyPath) = (path, keyPath)
    loaded = Mutex(try Self.load(path, keyPath))
  }

  /// The TLS context of new connections.
  var context: NIOSSLContext { loaded.withLock { $0.context } }

  /// Reads both files again; open connections keep their certificate.
  ///
  /// - Throws: what the initialiser throws; the old certificate then stays in force.
  package func reload() throws {
    let new = try Self.load(path, keyPath)
    loaded.withLock { $0 = new }
  }

  /// Reads both files again if one of them has changed since the last attempt.
  ///
  /// - Returns: `true` if a new certificate is in force.
  /// - Throws: what `reload` throws, once for each change of the files.
  package func reloadIfChanged() throws -> Bool {
    let now = Self.files(path, keyPath)
    let isChanged = loaded.withLock { loaded in
      defer { loaded.files = now }
      return loaded.files != now
    }
    if isChanged { try reload() }
    return isChanged
  }

  /// TLS 1.2 with authenticated encryption and forward secrecy, or 1.3 (RFC 9325, 3.1.1 and 4.2).
  private static let suites: [NIOTLSCipher] = [
    .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
  ]

  private static func files(_ paths: String...) -> [FileIdentity?] { paths.map { try? DiskFiles().identity(of: $0) } }

  /// - Throws: `SystemError` if the file is not there, or cannot be read.
  private static func contents(of path: String) throws(SystemError) -> [UInt8] {
    guard let contents = try DiskFiles().contents(of: path, limit: 1 << 20) else {
      throw SystemError(path, "open", ENOENT)
    }
    return contents
  }

  private static func load(_ path: String, _ keyPath: String) throws -> Loaded {
    let files = Self.files(path, keyPath)
    let chain: [NIOSSLCertificate]
    do { chain = try NIOSSLCertificate.fromPEMBytes(contents(of: path)) } catch let error as SystemError {
      throw error
    } catch {
      throw ServingError.damagedCertificates(path: path)
    }
    guard !chain.isEmpty else {
      throw ServingError.noCertificate(path: path)
    }
    let key: NIOSSLPrivateKey
    do { key = try NIOSSLPrivateKey(bytes: contents(of: keyPath), format: .pem) } catch let error as SystemError {
      throw error
    } catch {
      throw ServingError.damagedKey(path: keyPath)
    }
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
    configuration.minimumTLSVersion = .tlsv12
    configuration.cipherSuiteValues = suites
    configuration.applicationProtocols = ["http/1.1"]
    do { return Loaded(context: try NIOSSLContext(configuration: configuration), files: files) } catch {
      throw ServingError.mismatch(certificate: path, privateKey: keyPath)
    }
  }
}
