import Logging
import ModelVersions
import ServiceLifecycle
import Serving
import Synchronization
import UnixSignals

/// Reloads log, token, certificate and models on SIGHUP, and the certificate whenever its files change. A file that
/// cannot be read is logged, and the old state stays in force.
struct Reloader: Service {
  let log: LogFile
  let access: AccessToken
  let token: TokenFile?
  let certificate: ServerCertificate?
  let watcher: ModelWatcher
  let interval: Duration
  let isListening: ListeningFlag
  let logger: Logger

  func run() async throws {
    await cancelWhenGracefulShutdown {
      await withTaskGroup { group in
        group.addTask { await self.heedSignals() }
        group.addTask { await self.watchCertificate() }
        group.addTask {
          try? await gracefulShutdown()
          guard self.isListening.isSet else { return }
          self.logger.notice("ending: requests that have begun are answered, and no connection is taken any more")
        }
      }
    }
  }

  private func heedSignals() async {
    for await _ in await UnixSignalsSequence(trapping: .sighup) {
      logger.notice("SIGHUP: log, token and certificate are read again")
      attempt("the log") { try log.reopen() }
      attempt("the token") { if let token { access.replace(with: try token.read()) } }
      attempt("the certificate") { try certificate?.reload() }
      await watcher.look()
    }
  }

  private func watchCertificate() async {
    guard let certificate else { return }
    while (try? await Task.sleep(for: interval)) != nil {
      attempt("the certificate") {
        if try certificate.reloadIfChanged() { logger.notice("another certificate is in force") }
      }
    }
  }

  private func attempt(_ what: String, _ body: () throws -> Void) {
    do { try body() } catch { logger.error("\(what) cannot be read again; what was in force stays so: \(error)") }
  }
}

/// A flag that is `true` once the server listens.
final class ListeningFlag: Sendable {
  private let value = Atomic(false)

  var isSet: Bool { value.load(ordering: .relaxed) }

  func set() { value.store(true, ordering: .relaxed) }
}
